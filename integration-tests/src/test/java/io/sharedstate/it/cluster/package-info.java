/** The sample application as several processes of one host. */
@NullMarked
package io.sharedstate.it.cluster;

import org.jspecify.annotations.NullMarked;
