/** What each member last told of itself, for all. */
@NullMarked
package io.sharedstate.autoconfigure.snapshot;

import org.jspecify.annotations.NullMarked;
