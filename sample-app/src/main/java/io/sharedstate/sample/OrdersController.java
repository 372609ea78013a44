package io.sharedstate.sample;

import io.sharedstate.sample.BoxOffice.Ticket;
import java.net.URI;
import java.security.Principal;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * Tickets for who is logged in. An order comes with a header {@code Idempotency-Key}: sent again, because its answer was lost, it is
 * answered again and not carried out again, whichever process it reaches. Some time after it has been answered, it is confirmed.
 */
@RestController
@RequestMapping("/orders")
class OrdersController {

    private final BoxOffices boxOffices;
    private final Confirmations confirmations;

    OrdersController(BoxOffices boxOffices, Confirmations confirmations) {
        this.boxOffices = boxOffices;
        this.confirmations = confirmations;
    }

    @PostMapping
    ResponseEntity<Ticket> place(@RequestParam String event, Principal customer) {
        Ticket ticket = boxOffices.sell(event, customer.getName());
        confirmations.order(ticket);
        return ResponseEntity.created(URI.create("/tickets/" + event)).body(ticket);
    }

    @GetMapping
    List<Ticket> placed(Principal customer) {
        return boxOffices.ticketsOf(customer.getName());
    }

    @GetMapping("/confirmed")
    List<Confirmation> confirmed(Principal customer) {
        return confirmations.sentTo(customer.getName());
    }
}
