/** The actuator endpoint {@code sharedstate}. */
@NullMarked
package io.sharedstate.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
