package io.sharedstate.sample;

/**
 * The weather on the day of an event.
 *
 * @param number how many were asked for before, and this one
 * @param askedBy the ordinal of the process that asked for it
 */
record Forecast(String event, String weather, long number, int askedBy) {}
