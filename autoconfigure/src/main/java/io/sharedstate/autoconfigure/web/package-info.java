/** Tells the other members where this one's web server listens. */
@NullMarked
package io.sharedstate.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
