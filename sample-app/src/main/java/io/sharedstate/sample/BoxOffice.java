package io.sharedstate.sample;

import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedState;
import io.sharedstate.SharedValue;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Sells the seats of one event, for all processes together.
 *
 * <p>What is left is a counter and what was sold is a record, both changed with the lock held. A process that is killed
 * between the two leaves the lock abandoned, and whoever locks it next {@linkplain #reconcile reconciles} them first: a
 * seat counts as sold only when its buyer is on record, and only then is the sale acknowledged.
 */
class BoxOffice {

    /** The longest name of a buyer that there is room for. */
    static final int MAX_NAME_LENGTH = 40;

    private final String event;
    private final int seats;
    private final SharedCounter stock;
    private final SharedValue<Sales> sales;
    private final SharedLock lock;

    /** @param seats counts if the event was never on sale before */
    BoxOffice(SharedState state, String event, int seats) {
        this.event = event;
        this.seats = seats;
        String name = "tickets." + event;
        stock = state.counter(name, seats);
        sales = state.value(name, Sales.class, Sales.maxSize(seats, MAX_NAME_LENGTH));
        lock = state.lock(name);
        lock.onAbandoned(this::reconcile);
        lock.lock();
        try {
            sales.set(sold());
            reconcile();
        } finally {
            lock.unlock();
        }
    }

    /** Sells a seat, or returns empty if there is none left. */
    Optional<Ticket> sell(String buyer) {
        lock.lock();
        try {
            if (!stock.tryAdd(-1, 0, Long.MAX_VALUE)) {
                return Optional.empty();
            }
            return Optional.of(record(buyer));
        } finally {
            lock.unlock();
        }
    }

    private Ticket record(String buyer) {
        try {
            Sales sold = sold().plus(buyer);
            sales.set(sold);
            return new Ticket(event, sold.buyers().size(), buyer);
        } catch (RuntimeException | Error e) {
            reconcile();
            throw e;
        }
    }

    /** A moment's view, taken without the lock: the stock may already be without a seat that isn't on record yet. */
    Event event() {
        Sales sold = sold();
        List<Ticket> tickets = IntStream.range(0, sold.buyers().size())
                .mapToObj(i -> new Ticket(event, i + 1, sold.buyers().get(i)))
                .toList();
        return new Event(event, sold.seats(), stock.get(), tickets);
    }

    private void reconcile() {
        stock.set(sold().left());
    }

    private Sales sold() {
        @Nullable Sales sold = sales.get();
        return Objects.requireNonNullElseGet(sold, () -> new Sales(seats, List.of()));
    }

    /** A seat that was sold; seats count from 1. */
    record Ticket(String event, int seat, String buyer) {}

    /** An event as it stands. */
    record Event(String event, int seats, long stock, List<Ticket> tickets) {}
}
