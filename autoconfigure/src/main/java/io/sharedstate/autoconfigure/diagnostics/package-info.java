/** What happened and what to do, when an application can't start because the state refuses. */
@NullMarked
package io.sharedstate.autoconfigure.diagnostics;

import org.jspecify.annotations.NullMarked;
