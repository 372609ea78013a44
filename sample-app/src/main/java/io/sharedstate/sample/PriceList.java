package io.sharedstate.sample;

import java.util.Map;

/**
 * What tickets cost.
 *
 * @param number how many lists there were before, and this one
 * @param setBy the ordinal of the process that made it
 * @param cents by event
 */
record PriceList(long number, int setBy, Map<String, Integer> cents) {}
