/** Spring Integration's locks and metadata in the shared state. */
@NullMarked
package io.sharedstate.autoconfigure.integration;

import org.jspecify.annotations.NullMarked;
