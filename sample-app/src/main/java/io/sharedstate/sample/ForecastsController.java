package io.sharedstate.sample;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ForecastsController {

    private final BoxOffices boxOffices;
    private final Forecasts forecasts;

    ForecastsController(BoxOffices boxOffices, Forecasts forecasts) {
        this.boxOffices = boxOffices;
        this.forecasts = forecasts;
    }

    @GetMapping("/forecasts/{event}")
    Forecast forecast(@PathVariable String event) throws InterruptedException {
        return forecasts.of(boxOffices.of(event).event().event());
    }
}
