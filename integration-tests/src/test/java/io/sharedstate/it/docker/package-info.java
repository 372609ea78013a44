/** The sample application as several containers that share a volume. */
@NullMarked
package io.sharedstate.it.docker;

import org.jspecify.annotations.NullMarked;
