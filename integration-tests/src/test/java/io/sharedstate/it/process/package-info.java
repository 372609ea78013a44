/**
 * Real processes: forked JVMs that work on one state directory while some of them are killed, stopped, or refused.
 *
 * <p>A test's {@link io.sharedstate.it.process.Work} is what its JVMs do; a {@link io.sharedstate.it.process.Worker} is one
 * such JVM as the test sees it.
 */
@NullMarked
package io.sharedstate.it.process;

import org.jspecify.annotations.NullMarked;
