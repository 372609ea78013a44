/** A ticket shop that runs as several processes behind one port and never sells a seat twice. */
@NullMarked
package io.sharedstate.sample;

import org.jspecify.annotations.NullMarked;
