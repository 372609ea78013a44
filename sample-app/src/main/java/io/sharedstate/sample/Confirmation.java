package io.sharedstate.sample;

import io.sharedstate.sample.BoxOffice.Ticket;
import java.time.Instant;

/**
 * A mail that was sent to who ordered a ticket.
 *
 * @param redelivered whether somebody else, who was killed, may have sent it before
 * @param sentBy the ordinal of the process that sent it
 */
record Confirmation(Ticket ticket, boolean redelivered, int sentBy, Instant begun, Instant sent) {}
