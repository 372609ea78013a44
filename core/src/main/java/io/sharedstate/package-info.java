/**
 * The API: state that several processes of one application share as if it were in one heap.
 *
 * <p>Start at {@link io.sharedstate.SharedState}. The same name gives the same state in every process.
 */
@NullMarked
package io.sharedstate;

import org.jspecify.annotations.NullMarked;
