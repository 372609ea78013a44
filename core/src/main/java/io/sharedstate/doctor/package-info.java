/** Looks for what is wrong around a state, or soon may be: for the log when a process starts, and for tools. */
@NullMarked
package io.sharedstate.doctor;

import org.jspecify.annotations.NullMarked;
