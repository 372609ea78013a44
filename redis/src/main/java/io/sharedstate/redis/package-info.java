/** The state on a Redis or Valkey server, for processes on several hosts. */
@NullMarked
package io.sharedstate.redis;

import org.jspecify.annotations.NullMarked;
