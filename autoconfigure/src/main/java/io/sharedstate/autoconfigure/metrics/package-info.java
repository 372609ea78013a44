/** The meters {@code sharedstate.*}. */
@NullMarked
package io.sharedstate.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
