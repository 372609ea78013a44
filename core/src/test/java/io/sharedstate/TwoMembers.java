package io.sharedstate;

import io.sharedstate.mapped.Engine;
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
@MethodSource("io.sharedstate.mapped.Engine#all")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class TwoMembers {

    @Parameter
    Engine engine;

    Engine.Host host;
    SharedState one;
    SharedState two;

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

    /** What a test does on another thread; it may throw. */
    interface Action {
        void run() throws Exception;
    }

    /** Runs on a thread of its own, so that an interrupt or a lock held stays there. */
    static CompletableFuture<Void> inThread(Action action) {
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
    static void inOtherThread(Action action) throws Exception {
        inThread(action).get(60, TimeUnit.SECONDS);
    }
}
