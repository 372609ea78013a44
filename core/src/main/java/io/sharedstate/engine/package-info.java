/** What the engines have in common; for engines, not for applications. */
@NullMarked
package io.sharedstate.engine;

import org.jspecify.annotations.NullMarked;
