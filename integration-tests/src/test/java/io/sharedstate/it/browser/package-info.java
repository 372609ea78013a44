/** The console and the sample application's front page in a real browser. */
@NullMarked
package io.sharedstate.it.browser;

import org.jspecify.annotations.NullMarked;
