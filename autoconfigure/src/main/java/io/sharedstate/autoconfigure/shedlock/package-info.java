/** ShedLock's locks in the shared state. */
@NullMarked
package io.sharedstate.autoconfigure.shedlock;

import org.jspecify.annotations.NullMarked;
