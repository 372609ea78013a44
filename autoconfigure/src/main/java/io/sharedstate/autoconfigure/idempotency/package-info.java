/** Requests with an {@code Idempotency-Key} are carried out once, whichever process they reach. */
@NullMarked
package io.sharedstate.autoconfigure.idempotency;

import org.jspecify.annotations.NullMarked;
