/** The console: a page that shows the state as it goes, with {@code sharedstate.console.enabled}. */
@NullMarked
package io.sharedstate.autoconfigure.console;

import org.jspecify.annotations.NullMarked;
