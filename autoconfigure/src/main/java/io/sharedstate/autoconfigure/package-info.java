/** Auto-configuration of {@link io.sharedstate.SharedState} and of the beans declared by properties. */
@NullMarked
package io.sharedstate.autoconfigure;

import org.jspecify.annotations.NullMarked;
