package io.sharedstate.sample;

import io.sharedstate.SharedState;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** The box offices of all events, by name. */
@Component
class BoxOffices {

    private final Map<String, BoxOffice> byEvent = new TreeMap<>();

    BoxOffices(SharedState state, ShopProperties shop) {
        shop.events().forEach((name, event) -> byEvent.put(name, new BoxOffice(state, name, event.seats())));
    }

    Collection<BoxOffice> all() {
        return byEvent.values();
    }

    BoxOffice of(String event) {
        BoxOffice boxOffice = byEvent.get(event);
        if (boxOffice == null) {
            throw Refusal.of(HttpStatus.NOT_FOUND, "no event '" + event + "'; there are " + byEvent.keySet());
        }
        return boxOffice;
    }

    List<BoxOffice.Ticket> ticketsOf(String buyer) {
        return byEvent.values().stream()
                .flatMap(boxOffice -> boxOffice.event().tickets().stream())
                .filter(ticket -> ticket.buyer().equals(buyer))
                .toList();
    }

    BoxOffice.Ticket sell(String event, String buyer) {
        return of(event).sell(buyer).orElseThrow(() -> Refusal.of(HttpStatus.CONFLICT, "'" + event + "' is sold out"));
    }
}
