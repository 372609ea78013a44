/** The heap engine in Spring tests. */
@NullMarked
package io.sharedstate.autoconfigure.test;

import org.jspecify.annotations.NullMarked;
