package io.sharedstate;

/** Finds the {@link Codec} for the types that {@code sharedstate} has none of its own for. */
@FunctionalInterface
public interface CodecFactory {

    /** @throws IllegalArgumentException if there is none, saying which type and what would help */
    <T> Codec<T> codec(Class<T> type);
}
