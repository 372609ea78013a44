package io.sharedstate.autoconfigure.messaging;

import io.sharedstate.Delivery;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A delivery that knows what was said to become of it. */
final class DecidedDelivery<T> implements Delivery<T> {

    private final Delivery<T> delivery;
    private volatile @Nullable String decision;

    DecidedDelivery(Delivery<T> delivery) {
        this.delivery = delivery;
    }

    /** {@code done}, or {@code retried}; null if nothing was said. */
    @Nullable
    String decision() {
        return decision;
    }

    @Override
    public T value() {
        return delivery.value();
    }

    @Override
    public int attempts() {
        return delivery.attempts();
    }

    @Override
    public boolean redelivered() {
        return delivery.redelivered();
    }

    @Override
    public void done() {
        delivery.done();
        decision = "done";
    }

    @Override
    public void retry(Duration delay) {
        delivery.retry(delay);
        decision = "retried";
    }

    @Override
    public void close() {
        if (decision == null) {
            retry(Duration.ZERO);
        }
    }

    @Override
    public String toString() {
        return delivery.toString();
    }
}
