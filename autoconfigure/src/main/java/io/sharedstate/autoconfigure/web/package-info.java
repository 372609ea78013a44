/** Tells the other members where this one's web server listens, and finds strangers on a port that they share. */
@NullMarked
package io.sharedstate.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
