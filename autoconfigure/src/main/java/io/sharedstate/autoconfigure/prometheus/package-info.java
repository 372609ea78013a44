/** Figures of all members from whichever of them Prometheus asks. */
@NullMarked
package io.sharedstate.autoconfigure.prometheus;

import org.jspecify.annotations.NullMarked;
