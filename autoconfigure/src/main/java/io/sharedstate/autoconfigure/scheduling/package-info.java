/** Scheduled methods that run in one process at a time, whichever of them is alive. */
@NullMarked
package io.sharedstate.autoconfigure.scheduling;

import org.jspecify.annotations.NullMarked;
