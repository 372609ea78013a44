/** A port of its own for each member's management server. */
@NullMarked
package io.sharedstate.autoconfigure.management;

import org.jspecify.annotations.NullMarked;
