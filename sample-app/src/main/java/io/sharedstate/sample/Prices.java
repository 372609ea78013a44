package io.sharedstate.sample;

import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import io.sharedstate.SharedTopic;
import io.sharedstate.autoconfigure.messaging.SharedTopicListener;
import io.sharedstate.autoconfigure.scheduling.OncePerCluster;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Prices follow demand: one process sets them every few seconds, and all of them keep the newest ones in their own memory. */
@Component
class Prices {

    private final BoxOffices boxOffices;
    private final SharedCounter lists;
    private final SharedTopic<PriceList> topic;
    private final int self;
    private volatile @Nullable PriceList newest;

    Prices(
            BoxOffices boxOffices,
            SharedCounter priceListsCounter,
            SharedTopic<PriceList> pricesTopic,
            SharedState state) {
        this.boxOffices = boxOffices;
        this.lists = priceListsCounter;
        this.topic = pricesTopic;
        this.self = state.members().self().ordinal();
    }

    @Scheduled(fixedRateString = "${shop.prices-every}")
    @OncePerCluster(name = "prices")
    public void set() {
        Map<String, Integer> cents = new TreeMap<>();
        boxOffices.all().stream().map(BoxOffice::event).forEach(event -> cents.put(event.event(), cents(event)));
        topic.publish(new PriceList(lists.incrementAndGet(), self, cents));
    }

    /** 20.00, and 40.00 for the last one. */
    private static int cents(BoxOffice.Event event) {
        return 2000 + 2000 * event.tickets().size() / event.seats();
    }

    @SharedTopicListener(topic = "prices")
    public void refresh(PriceList prices) {
        newest = prices;
    }

    /** Empty until this process has heard of the first. */
    public Optional<PriceList> newest() {
        return Optional.ofNullable(newest);
    }
}
