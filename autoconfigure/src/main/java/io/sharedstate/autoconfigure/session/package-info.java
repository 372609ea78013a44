/** Sessions that all processes have together, by Spring Session: whoever has logged in to one of them is logged in to all. */
@NullMarked
package io.sharedstate.autoconfigure.session;

import org.jspecify.annotations.NullMarked;
