/** The sample application under the launchers of {@code docs/running.md}, with the files of {@code sample-app}. */
@NullMarked
package io.sharedstate.it.launcher;

import org.jspecify.annotations.NullMarked;
