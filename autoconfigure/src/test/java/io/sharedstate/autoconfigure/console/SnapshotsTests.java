package io.sharedstate.autoconfigure.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Delivery;
import io.sharedstate.MapOptions;
import io.sharedstate.Member;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedRateLimiter;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.WhenFull;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedStateProperties;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ParameterizedClass
@EnumSource
class SnapshotsTests {

    private static final String HOSTILE_THREAD = "<img src=x onerror=alert(1)>\"\\";

    private final Place place;
    private final SharedState state;
    private final RecentEvents events = new RecentEvents();
    private final StaticListableBeanFactory beans = new StaticListableBeanFactory();
    private final Snapshots snapshots;

    SnapshotsTests(Place.Engine engine) {
        place = engine.place();
        state = place.open();
        snapshots = snapshots(state, Map.of());
    }

    private Snapshots snapshots(SharedState state, Map<String, String> properties) {
        return new Snapshots(
                state,
                new Binder(new MapConfigurationPropertySource(properties))
                        .bindOrCreate("sharedstate", SharedStateProperties.class),
                "shop",
                beans.getBeanProvider(SharedRateLimiter.class),
                beans.getBeanProvider(SharedKeyedRateLimiter.class),
                events);
    }

    private static JsonNode look(Snapshots snapshots) {
        return new JsonMapper().readTree(snapshots.get());
    }

    private JsonNode only(String kind) {
        JsonNode rows = look(snapshots).get(kind);
        assertThat(rows.size()).as(rows.toString()).isOne();
        return rows.get(0);
    }

    @AfterEach
    void leave() {
        place.close();
    }

    @Test
    void showsWhoIsAttachedAndWhoAnswers() {
        try (SharedState other = place.open()) {
            other.members().announce("<b>x</b>:8080");
            JsonNode seen = look(snapshots);
            assertThat(seen.get("application").asString()).isEqualTo("shop");
            assertThat(seen.get("engine").asString()).isEqualTo(state.engine());
            assertThat(seen.get("self").asInt()).isZero();
            assertThat(seen.get("members").size()).isEqualTo(2);
            JsonNode member = seen.get("members").get(1);
            assertThat(member.get("ordinal").asInt()).isOne();
            assertThat(member.get("sign").asString()).isEqualTo("alive");
            assertThat(member.get("pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
            assertThat(member.get("address").asString()).isEqualTo("<b>x</b>:8080");
        }
        assertThat(look(snapshots).get("members").size()).isOne();
    }

    @Test
    void showsTheDeadUntilTheirPlaceIsTaken() {
        Member gone;
        try (SharedState other = place.open()) {
            gone = other.members().self();
        }
        events.add(new SharedStateEvent.MemberDied(gone));
        JsonNode seen = look(snapshots).get("members");
        assertThat(seen.size()).isEqualTo(2);
        assertThat(seen.get(1).get("sign").asString()).isEqualTo("dead");
        try (SharedState successor = place.open()) {
            seen = look(snapshots).get("members");
            assertThat(successor.members().self().ordinal()).isEqualTo(gone.ordinal());
            assertThat(seen.size()).isEqualTo(2);
            assertThat(seen.get(1).get("sign").asString()).isEqualTo("alive");
        }
    }

    @Test
    void countsExactly() {
        state.counter("most", Long.MAX_VALUE);
        state.adder("least").add(Long.MIN_VALUE);
        assertThat(only("counters").get("value").asString()).isEqualTo("9223372036854775807");
        assertThat(only("adders").get("value").asString()).isEqualTo("-9223372036854775808");
    }

    @Test
    void showsWhoHoldsALockAndPointsOutAnOldHold() throws InterruptedException {
        SharedLock lock = state.lock("stock");
        assertThat(only("locks").get("held").asBoolean()).isFalse();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        Thread holder = new Thread(
                () -> {
                    lock.lock();
                    held.countDown();
                    try {
                        looked.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        lock.unlock();
                    }
                },
                HOSTILE_THREAD);
        holder.start();
        try {
            held.await();
            JsonNode row = only("locks");
            assertThat(row.get("name").asString()).isEqualTo("stock");
            assertThat(row.get("member").asInt()).isZero();
            assertThat(row.get("thread").asString()).isEqualTo(HOSTILE_THREAD);
            assertThat(row.get("alive").asBoolean()).isTrue();
            assertThat(row.get("old").asBoolean()).isFalse();
            JsonNode old = look(snapshots(state, Map.of("sharedstate.console.old-lock", "0s")));
            assertThat(old.get("locks").get(0).get("old").asBoolean()).isTrue();
        } finally {
            looked.countDown();
            holder.join();
        }
    }

    @Test
    void showsWhatIsInMapsAndWhetherItIsFound() {
        SharedMap<String, String> map = state.map("carts", String.class, String.class);
        map.put("ann", "1");
        map.get("ann");
        map.get("bob");
        map.get("tom");
        JsonNode row = only("maps");
        assertThat(row.get("entries").asLong()).isOne();
        assertThat(row.get("hits").asLong()).isOne();
        assertThat(row.get("misses").asLong()).isEqualTo(2);
        assertThat(row.get("bounded").asBoolean()).isEqualTo(map.statistics().bounded());
        assertThat(row.has("bytes")).isEqualTo(map.statistics().bounded());
    }

    @Test
    void showsHowFullMapsAreAndWhatMadeRoom() {
        place.assumeThatMapsHaveBounds();
        SharedMap<String, String> map = state.map(
                "carts",
                String.class,
                String.class,
                MapOptions.DEFAULT.maxSize(64 << 10).whenFull(WhenFull.EVICT));
        map.put("ann", "1");
        JsonNode row = only("maps");
        assertThat(row.get("bytes").asLong())
                .isPositive()
                .isLessThan(row.get("capacity").asLong());
        assertThat(events.newestFirst()).isEmpty();

        for (int i = 0; map.statistics().evictions() == 0; i++) {
            map.put("key" + i, "x".repeat(1000));
        }
        assertThat(only("maps").get("evictions").asLong()).isPositive();
        assertThat(events.newestFirst()).singleElement().satisfies(event -> {
            assertThat(event.kind()).isEqualTo(RecentEvents.Kind.EVICTED);
            assertThat(event.text()).endsWith("of the map 'carts' made room");
        });
    }

    @Test
    void showsQueues() throws InterruptedException {
        SharedQueue<String> queue = state.queue("orders", String.class);
        queue.add("one");
        queue.add("two");
        try (Delivery<String> inWork = Objects.requireNonNull(queue.receive())) {
            JsonNode row = only("queues");
            assertThat(row.get("depth").asLong()).isOne();
            assertThat(row.get("inWork").asLong()).isOne();
            assertThat(row.get("deadLetters").asLong()).isZero();
            inWork.done();
        }
    }

    @Test
    void showsWhoHasPermitsAndWhatIsPublished() throws InterruptedException {
        state.semaphore("printer", 3).acquire(2);
        state.topic("news", String.class).publish("hello");
        JsonNode printer = only("semaphores");
        assertThat(printer.get("permits").asInt()).isEqualTo(3);
        assertThat(printer.get("holders").toString()).isEqualTo("[[0,2]]");
        assertThat(only("topics").get("published").asLong()).isOne();
        state.semaphore("printer", 3).release(2);
    }

    @Test
    void showsTheRateLimitersThatAreDeclared() {
        SharedRateLimiter mail = state.rateLimiter("mail", RateLimit.of(20, Duration.ofHours(1)));
        beans.addBean("mail", mail);
        mail.tryAcquire(5);
        assertThat(only("limiters").get("available").asLong()).isEqualTo(15);
    }

    @Test
    void showsNoContent() {
        state.value("config", String.class).set("secret-1");
        state.map("carts", String.class, String.class).put("secret-2", "secret-3");
        state.queue("orders", String.class).add("secret-4");
        state.topic("news", String.class).publish("secret-5");
        SharedKeyedRateLimiter login = state.keyedRateLimiter("login", RateLimit.of(5, Duration.ofHours(1)));
        beans.addBean("login", login);
        login.tryAcquire("secret-6");
        assertThat(snapshots.get()).doesNotContain("secret").contains("carts", "orders", "news", "login");
    }

    @Test
    void showsNoMoreNamesThanItMayButThoseThatAreDeclared() {
        for (String name : List.of("a", "b", "c", "zebra")) {
            state.counter(name);
            state.lock(name);
        }
        JsonNode seen = look(snapshots(
                state, Map.of("sharedstate.console.max-names", "3", "sharedstate.counters.zebra.initial", "0")));
        // 'shared' is declared too, always.
        assertThat(seen.get("counters").valueStream().map(row -> row.get("name").asString()))
                .containsExactly("a", "zebra");
        assertThat(seen.get("locks").size()).isEqualTo(3);
        assertThat(seen.get("more").toString()).isEqualTo("{\"counter\":2,\"lock\":1}");
    }

    @Test
    void anAbandonedLockIsAnEventOnceWhoeverTookItOver() {
        events.abandonments("stock", 3);
        events.abandonments("stock", 4);
        assertThat(events.newestFirst())
                .extracting(RecentEvents.Entry::text)
                .containsExactly("The lock 'stock' was taken over from a dead holder");
        events.add(new SharedStateEvent.LockAbandoned("stock", 17, true));
        events.abandonments("stock", 5);
        assertThat(events.newestFirst())
                .hasSize(2)
                .first()
                .satisfies(event -> assertThat(event.text()).contains("'stock'", "token 17", "was repaired"));
    }

    @Test
    void theLastHundredEventsAreKept() {
        Member member = state.members().self();
        for (int i = 0; i < 150; i++) {
            events.add(i < 149 ? new SharedStateEvent.MemberJoined(member) : new SharedStateEvent.MemberLeft(member));
        }
        JsonNode seen = look(snapshots).get("events");
        assertThat(seen.size()).isEqualTo(100);
        assertThat(seen.get(0).get("kind").asString()).isEqualTo("left");
        assertThat(seen.get(99).get("kind").asString()).isEqualTo("joined");
    }

    /** As when a server of the state doesn't answer. */
    @Test
    void aFailureIsShown() {
        SharedState broken = (SharedState) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SharedState.class}, (proxy, method, arguments) -> {
                    throw new IllegalStateException("the server is away");
                });
        JsonNode seen = look(snapshots(broken, Map.of()));
        assertThat(seen.get("failure").asString()).isEqualTo("the server is away");
        assertThat(seen.has("members")).isFalse();
    }
}
