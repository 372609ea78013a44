package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.sharedstate.SharedState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Makes the meters of one name out of what can be seen of it, of which each shows one figure; 0 once the name is gone. A registry holds the subject of
 * a meter weakly: it is the state.
 *
 * @param prefix of the meters' names
 * @param look how to see it
 */
record Figures<S>(
        MeterRegistry registry,
        SharedState state,
        String prefix,
        String name,
        Function<SharedState, Optional<S>> look) {

    Meter gauge(String meter, String unit, String description, ToDoubleFunction<S> figure) {
        return Gauge.builder(prefix + meter, state, of(figure))
                .description(description)
                .baseUnit(unit)
                .tag("name", name)
                .register(registry);
    }

    Meter timeGauge(String meter, String description, Function<S, Duration> figure) {
        ToDoubleFunction<SharedState> nanos = of(seen -> figure.apply(seen).toNanos());
        return TimeGauge.builder(prefix + meter, state, TimeUnit.NANOSECONDS, nanos)
                .description(description)
                .tag("name", name)
                .register(registry);
    }

    /** @param tags keys and values, besides the name */
    Meter counter(String meter, String unit, String description, ToDoubleFunction<S> figure, String... tags) {
        return FunctionCounter.builder(prefix + meter, state, of(figure))
                .description(description)
                .baseUnit(unit)
                .tags(Tags.of("name", name).and(tags))
                .register(registry);
    }

    private ToDoubleFunction<SharedState> of(ToDoubleFunction<S> figure) {
        return at -> look.apply(at).map(figure::applyAsDouble).orElse(0.0);
    }
}
