package io.sharedstate.sample;

import io.sharedstate.SharedState;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows the prices that the process which answers has in its memory. */
@RestController
class PricesController {

    private final Prices prices;
    private final int self;

    PricesController(Prices prices, SharedState state) {
        this.prices = prices;
        this.self = state.members().self().ordinal();
    }

    @GetMapping("/prices")
    Answer prices() {
        return prices.newest()
                .map(list -> new Answer(list, self))
                .orElseThrow(() -> Refusal.of(HttpStatus.SERVICE_UNAVAILABLE, "the first prices are not set yet"));
    }

    /** @param member the ordinal of the process that answers */
    record Answer(PriceList prices, int member) {}
}
