/** Values as JSON, when the application has Jackson. */
@NullMarked
package io.sharedstate.jackson;

import org.jspecify.annotations.NullMarked;
