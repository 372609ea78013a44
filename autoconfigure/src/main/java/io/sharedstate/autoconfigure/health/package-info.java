/** The health contributor {@code sharedstate}. */
@NullMarked
package io.sharedstate.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
