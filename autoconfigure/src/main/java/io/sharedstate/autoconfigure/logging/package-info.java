/** The ordinal of this process's member in each line of the log. */
@NullMarked
package io.sharedstate.autoconfigure.logging;

import org.jspecify.annotations.NullMarked;
