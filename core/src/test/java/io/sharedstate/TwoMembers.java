package io.sharedstate;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Two members of a state of their own, on each engine in turn. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.sharedstate.EngineUnderTest#all")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class TwoMembers {

    @Parameter
    protected EngineUnderTest engine;

    protected EngineUnderTest.Host host;
    protected SharedState one;
    protected SharedState two;

    @BeforeEach
    void openTwo() {
        host = engine.host();
        one = host.open();
        two = host.open();
    }

    @AfterEach
    void closeAll() throws Exception {
        host.close();
    }

    /** Of everything that the engine has one that is called so, as small as can be. */
    protected final void createOneOfEach(SharedState state, String name) {
        engine.kinds().forEach(kind -> create(state, kind, name));
    }

    private static void create(SharedState state, Kind kind, String name) {
        switch (kind) {
            case COUNTER -> state.counter(name);
            case ADDER -> state.adder(name);
            case LOCK -> state.lock(name);
            case VALUE -> state.value(name, String.class);
            case REGION -> state.region(name, 64);
            case MAP -> state.map(name, String.class, String.class, MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE));
            case RATE_LIMITER -> state.rateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1)));
            case KEYED_RATE_LIMITER ->
                state.keyedRateLimiter(name, RateLimit.of(1, Duration.ofSeconds(1)), MapOptions.MIN_SIZE);
            case QUEUE -> state.queue(name, String.class, QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE));
            case SEMAPHORE -> state.semaphore(name, 1);
            case TOPIC -> state.topic(name, String.class, new TopicOptions(TopicOptions.MIN_SIZE));
        }
    }

    /** What a test does on another thread; it may throw. */
    protected interface Action {
        void run() throws Exception;
    }

    /** Runs on a thread of its own, so that an interrupt or a lock held stays there. */
    protected static CompletableFuture<Void> inThread(Action action) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        action.run();
                        done.complete(null);
                    } catch (Throwable e) {
                        done.completeExceptionally(e);
                    }
                },
                "test-worker");
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    /** Runs on a thread of its own, and waits for it; fails as the action fails. */
    protected static void inOtherThread(Action action) throws Exception {
        inThread(action).get(60, TimeUnit.SECONDS);
    }
}
