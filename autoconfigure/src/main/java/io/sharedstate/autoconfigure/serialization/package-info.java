/** Java serialization, for what Spring's stores conventionally serialize. */
@NullMarked
package io.sharedstate.autoconfigure.serialization;

import org.jspecify.annotations.NullMarked;
