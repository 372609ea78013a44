@NullMarked
package io.sharedstate.autoconfigure.server;

import org.jspecify.annotations.NullMarked;
