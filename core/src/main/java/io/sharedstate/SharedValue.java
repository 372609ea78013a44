package io.sharedstate;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One object, a whole record of fields, that is read and replaced atomically by all processes, with the
 * method names of {@link java.util.concurrent.atomic.AtomicReference}. It is empty ({@code null}) until it is set.
 *
 * <p>Reading takes no lock, and returns a new copy each time. Changes wait for each other behind the value's lock.
 * A process that is killed while it changes the value leaves the old one or the new one, never a mixture.
 */
public interface SharedValue<T> {

    String name();

    @Nullable
    T get();

    /** @throws ValueTooLargeException if the encoded form is larger than {@link #maxSize()}; the old value stays */
    void set(@Nullable T newValue);

    @Nullable
    T getAndSet(@Nullable T newValue);

    /**
     * Sets {@code newValue} if the value {@linkplain java.util.Objects#deepEquals equals} {@code expected}; returns whether
     * it did.
     */
    boolean compareAndSet(@Nullable T expected, @Nullable T newValue);

    /**
     * Applies {@code update} to the value, once, with the value's lock held, and returns the result. When it throws, the old value stays.
     */
    @Nullable
    T updateAndGet(UnaryOperator<@Nullable T> update);

    /** Like {@link #updateAndGet}, but returns the value before. */
    @Nullable
    T getAndUpdate(UnaryOperator<@Nullable T> update);

    /** How often the value was set since it was created. */
    long version();

    /** The largest encoded form in bytes. */
    int maxSize();
}
