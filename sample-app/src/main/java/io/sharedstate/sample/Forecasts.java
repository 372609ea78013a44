package io.sharedstate.sample;

import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import java.time.Duration;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.stereotype.Component;

/** What somebody else knows, and takes long to say: it is asked once for all processes, and for all who wait. */
@Component
class Forecasts {

    private final SharedCounter asked;
    private final Duration takes;
    private final int self;

    Forecasts(SharedCounter forecastsCounter, ShopProperties shop, SharedState state) {
        asked = forecastsCounter;
        takes = shop.forecastTakes();
        self = state.members().self().ordinal();
    }

    @Cacheable(cacheNames = "forecasts", sync = true)
    public Forecast of(String event) throws InterruptedException {
        Thread.sleep(takes.toMillis());
        return new Forecast(event, "sunny", asked.incrementAndGet(), self);
    }
}
