/** Methods of beans that are called with the messages of queues and topics. */
@NullMarked
package io.sharedstate.autoconfigure.messaging;

import org.jspecify.annotations.NullMarked;
