/**
 * The engine on memory-mapped files, and on the heap of one process: {@link io.sharedstate.mapped.MappedEngine} opens it.
 */
@NullMarked
package io.sharedstate.mapped;

import org.jspecify.annotations.NullMarked;
