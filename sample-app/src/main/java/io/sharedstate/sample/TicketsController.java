package io.sharedstate.sample;

import io.sharedstate.SharedState;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Sells tickets, and shows who has which. */
@RestController
@RequestMapping("/tickets")
class TicketsController {

    private final Map<String, BoxOffice> boxOffices = new TreeMap<>();

    TicketsController(SharedState state, ShopProperties shop) {
        shop.events().forEach((name, event) -> boxOffices.put(name, new BoxOffice(state, name, event.seats())));
    }

    @GetMapping
    List<BoxOffice.Event> events() {
        return boxOffices.values().stream().map(BoxOffice::event).toList();
    }

    @GetMapping("/{event}")
    BoxOffice.Event event(@PathVariable String event) {
        return boxOffice(event).event();
    }

    @PostMapping("/{event}")
    @ResponseStatus(HttpStatus.CREATED)
    BoxOffice.Ticket sell(
            @PathVariable String event,
            @RequestParam @NotBlank @Size(max = BoxOffice.MAX_NAME_LENGTH) @Pattern(regexp = "\\P{Cntrl}*")
                    String buyer) {
        return boxOffice(event)
                .sell(buyer)
                .orElseThrow(() -> refusal(HttpStatus.CONFLICT, "'" + event + "' is sold out"));
    }

    private BoxOffice boxOffice(String event) {
        BoxOffice boxOffice = boxOffices.get(event);
        if (boxOffice == null) {
            throw refusal(HttpStatus.NOT_FOUND, "no event '" + event + "'; there are " + boxOffices.keySet());
        }
        return boxOffice;
    }

    private static ErrorResponseException refusal(HttpStatus status, String detail) {
        return new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
    }
}
