/** The command line: looks into state from outside, and changes nothing. */
@NullMarked
package io.sharedstate.cli;

import org.jspecify.annotations.NullMarked;
