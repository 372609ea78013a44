/**
 * What cannot be proved by counting: outcomes of a few operations at the same instant, forbidden or not, by millions of
 * tries under jcstress. Two members in one JVM stand for two processes: they share memory, not objects.
 */
@NullMarked
package io.sharedstate.it.stress;

import org.jspecify.annotations.NullMarked;
