package io.sharedstate.sample;

import io.sharedstate.Delivery;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedSemaphore;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.messaging.SharedQueueListener;
import io.sharedstate.sample.BoxOffice.Ticket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Component;

/**
 * Confirms orders by mail, in whichever process has time. If that is killed, another one confirms what it had in work: each
 * ticket at least once, and it is shown once. All processes together send so many mails at once as the mail server bears.
 */
@Component
class Confirmations {

    private final SharedQueue<Ticket> ordered;
    private final SharedMap<String, Confirmation> sent;
    private final SharedSemaphore mailServer;
    private final Duration takes;
    private final int self;

    Confirmations(
            SharedQueue<Ticket> ordersQueue,
            SharedMap<String, Confirmation> confirmationsMap,
            SharedSemaphore mailSemaphore,
            ShopProperties shop,
            SharedState state) {
        ordered = ordersQueue;
        sent = confirmationsMap;
        mailServer = mailSemaphore;
        takes = shop.mailTakes();
        self = state.members().self().ordinal();
    }

    void order(Ticket ticket) {
        ordered.add(ticket);
    }

    @SharedQueueListener(queue = "orders", concurrency = "2")
    void confirm(Delivery<Ticket> delivery) throws InterruptedException {
        Ticket ticket = delivery.value();
        String key = ticket.event() + "-" + ticket.seat();
        if (sent.containsKey(key)) {
            return; // by a process that was killed before it could say so
        }
        mailServer.acquire();
        try {
            Instant begun = Instant.now();
            Thread.sleep(takes.toMillis());
            sent.putIfAbsent(key, new Confirmation(ticket, delivery.redelivered(), self, begun, Instant.now()));
        } finally {
            mailServer.release();
        }
    }

    List<Confirmation> sentTo(String buyer) {
        return sent.values().stream()
                .filter(confirmation -> confirmation.ticket().buyer().equals(buyer))
                .toList();
    }
}
