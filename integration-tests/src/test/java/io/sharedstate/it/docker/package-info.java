/** The sample application as several containers that share a volume, and a state on a server in a container. */
@NullMarked
package io.sharedstate.it.docker;

import org.jspecify.annotations.NullMarked;
