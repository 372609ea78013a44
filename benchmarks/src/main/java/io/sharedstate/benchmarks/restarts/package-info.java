/** Requests that fail while instances behind one port are restarted. */
@NullMarked
package io.sharedstate.benchmarks.restarts;

import org.jspecify.annotations.NullMarked;
