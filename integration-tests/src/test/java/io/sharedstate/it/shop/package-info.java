/** The sample application as its customers see it, and a crowd of them. */
@NullMarked
package io.sharedstate.it.shop;

import org.jspecify.annotations.NullMarked;
