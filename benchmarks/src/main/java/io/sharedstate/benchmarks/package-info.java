/** Measures what {@code sharedstate} costs, each thing beside a peer in the same run; {@link io.sharedstate.benchmarks.Benchmarks} prints the table. */
@NullMarked
package io.sharedstate.benchmarks;

import org.jspecify.annotations.NullMarked;
