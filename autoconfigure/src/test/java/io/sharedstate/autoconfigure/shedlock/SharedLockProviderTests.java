package io.sharedstate.autoconfigure.shedlock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Kind;
import io.sharedstate.MapFullException;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.Place;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import net.javacrumbs.shedlock.core.ClockProvider;
import net.javacrumbs.shedlock.core.LockConfiguration;
import net.javacrumbs.shedlock.core.SimpleLock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What ShedLock's own tests don't ask for: death, and a lock that was lost. */
@ExtendWith(OutputCaptureExtension.class)
@ParameterizedClass
@EnumSource(names = {"MAPPED", "REDIS"})
class SharedLockProviderTests {

    private static final String JOB = "Nächtlicher Lauf, #1";
    private static final Duration DAY = Duration.ofDays(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Parameter
    Place.Engine engine;

    private Place place;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private SharedState state;
    private SharedLockProvider provider;

    @BeforeEach
    void open() {
        ClockProvider.setClock(new Clock() {
            @Override
            public ZoneOffset getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now.get();
            }
        });
        place = engine.place();
        state = place.open();
        provider = new SharedLockProvider(state);
    }

    @AfterEach
    void close() {
        place.close();
        ClockProvider.setClock(Clock.systemUTC());
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    private static LockConfiguration configuration(String name, Duration atMost, Duration atLeast) {
        return new LockConfiguration(ClockProvider.now(), name, atMost, atLeast);
    }

    private static Optional<SimpleLock> lock(SharedLockProvider by, Duration atMost, Duration atLeast) {
        return by.lock(configuration(JOB, atMost, atLeast));
    }

    @Test
    void aLockIsFreeAtOnceWhenItsHolderIsGoneHoweverLongItMayBeHeld(CapturedOutput output) {
        try (SharedState dead = place.open()) {
            assertThat(lock(new SharedLockProvider(dead), DAY, Duration.ZERO)).isPresent();
            assertThat(lock(provider, DAY, Duration.ZERO)).isEmpty();
        }
        assertThat(lock(provider, DAY, Duration.ZERO)).isPresent();
        assertThat(output).contains(JOB, "the process that held it has died");
    }

    @Test
    void aLockIsHeldForItsLeastTimeAlsoWhenItsHolderIsGone() {
        try (SharedState dead = place.open()) {
            assertThat(lock(new SharedLockProvider(dead), DAY, MINUTE)).isPresent();
        }
        assertThat(lock(provider, DAY, Duration.ZERO)).isEmpty();
        pass(MINUTE.minusMillis(1));
        assertThat(lock(provider, DAY, Duration.ZERO)).isEmpty();
        pass(Duration.ofMillis(1));
        assertThat(lock(provider, DAY, Duration.ZERO)).isPresent();
    }

    @Test
    void aLockIsHeldForItsLeastTimeAlsoWhenItsHolderIsGoneAfterItHasUnlocked(CapturedOutput output) {
        try (SharedState gone = place.open()) {
            lock(new SharedLockProvider(gone), DAY, MINUTE).orElseThrow().unlock();
        }
        assertThat(lock(provider, DAY, Duration.ZERO)).isEmpty();
        pass(MINUTE);
        assertThat(lock(provider, DAY, Duration.ZERO)).isPresent();
        assertThat(output).doesNotContain(JOB);
    }

    @Test
    void aHolderWhoseTimeIsOverDoesNotUnlockTheNextOne(CapturedOutput output) {
        SimpleLock late = lock(provider, MINUTE, Duration.ZERO).orElseThrow();
        pass(MINUTE);
        try (SharedState other = place.open()) {
            SimpleLock next =
                    lock(new SharedLockProvider(other), MINUTE, Duration.ZERO).orElseThrow();
            late.unlock();
            assertThat(lock(provider, MINUTE, Duration.ZERO)).isEmpty();
            next.unlock();
            assertThat(lock(provider, MINUTE, Duration.ZERO)).isPresent();
        }
        assertThat(output)
                .contains("its lockAtMostFor was over before it was unlocked", "no longer held when it was unlocked");
    }

    @Test
    void aHolderWhoseTimeIsOverDoesNotExtendTheNextOne() {
        SimpleLock late = lock(provider, MINUTE, Duration.ZERO).orElseThrow();
        pass(MINUTE);
        assertThat(lock(provider, MINUTE, Duration.ZERO)).isPresent();
        assertThat(late.extend(DAY, Duration.ZERO)).isEmpty();
        pass(MINUTE);
        assertThat(lock(provider, MINUTE, Duration.ZERO)).isPresent();
    }

    @Test
    void anUnlockedLockTakesNoRoom() {
        lock(provider, MINUTE, Duration.ZERO).orElseThrow().unlock();
        assertThat(state.mapStatistics(SharedLockProvider.MAP))
                .hasValueSatisfying(map -> assertThat(map.entries()).isZero());
    }

    @Test
    void whatTheDeadHaveLeftMakesRoomForOthers() {
        place.assumeThatMapsHaveBounds();
        int room;
        try (SharedState dead = place.open()) {
            room = fill(new SharedLockProvider(dead), "deadTenant").size();
        }
        assertThat(room).isGreaterThan(2000);
        List<SimpleLock> held = fill(provider, "tenant");
        assertThat(held).hasSizeGreaterThan(room * 9 / 10);

        held.forEach(SimpleLock::unlock);
        assertThat(lock(provider, MINUTE, Duration.ZERO)).isPresent();
    }

    /** Locks as many names as there is room for. */
    private static List<SimpleLock> fill(SharedLockProvider provider, String tenant) {
        List<SimpleLock> held = new ArrayList<>();
        assertThatThrownBy(() -> {
                    while (true) {
                        String name = "com.example.billing.InvoiceJobs.nightlyRun." + tenant + held.size();
                        held.add(provider.lock(configuration(name, DAY, Duration.ZERO))
                                .orElseThrow());
                    }
                })
                .isInstanceOf(MapFullException.class);
        return held;
    }

    @Test
    void nothingIsMadeOfItButOneMap() {
        assertThat(state.names(Kind.MAP)).containsExactly(SharedLockProvider.MAP);
    }
}
