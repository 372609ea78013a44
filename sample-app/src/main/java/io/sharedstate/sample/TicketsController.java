package io.sharedstate.sample;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.springframework.http.HttpStatus;
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

    private final BoxOffices boxOffices;

    TicketsController(BoxOffices boxOffices) {
        this.boxOffices = boxOffices;
    }

    @GetMapping
    List<BoxOffice.Event> events() {
        return boxOffices.all().stream().map(BoxOffice::event).toList();
    }

    @GetMapping("/{event}")
    BoxOffice.Event event(@PathVariable String event) {
        return boxOffices.of(event).event();
    }

    @PostMapping("/{event}")
    @ResponseStatus(HttpStatus.CREATED)
    BoxOffice.Ticket sell(
            @PathVariable String event,
            @RequestParam @NotBlank @Size(max = BoxOffice.MAX_NAME_LENGTH) @Pattern(regexp = "\\P{Cntrl}*")
                    String buyer) {
        return boxOffices.sell(event, buyer);
    }
}
