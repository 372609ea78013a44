/** Spring's cache abstraction, on maps that all processes have together. */
@NullMarked
package io.sharedstate.autoconfigure.cache;

import org.jspecify.annotations.NullMarked;
