package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Lease;
import io.sharedstate.SharedState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real process that is stopped for longer than it may be unheard of. */
@Timeout(120)
class StoppedProcessTests {

    private static final Duration TTL = Duration.ofSeconds(1);

    @Test
    void itsLeaseIsRefusedAndItsSuccessorsTokenIsHigherAndItJoinsAnew() {
        RedisServer server = RedisServer.shared();
        try (RedisUnderTest.Host host = new RedisUnderTest.Host(server::connections, engine -> engine.memberTtl(TTL));
                MemberProcess stopped = MemberProcess.start(server, host.namespace(), TTL)) {
            SharedState state = host.open();
            long token = Long.parseLong(stopped.ask("token"));
            long incarnation = Long.parseLong(stopped.ask("incarnation"));
            stopped.stop();
            long since = System.nanoTime();
            try (Lease successor = state.lock("orders").acquire()) {
                assertThat(successor.fencingToken()).isGreaterThan(token);
                assertThat(successor.wasAbandoned()).isTrue();
                successor.markConsistent();
                await().until(() ->
                        System.nanoTime() - since > TTL.multipliedBy(2).toNanos());
                stopped.goOn();
                assertThat(stopped.ask("await lost membership")).isEqualTo("lost");
                assertThat(stopped.ask("token")).isEqualTo("LockLostException");
                assertThat(stopped.ask("unlock")).isEqualTo("LockLostException");
                assertThat(successor.fencingToken()).as("untouched").isGreaterThan(token);
            }
            assertThat(Long.parseLong(stopped.ask("incarnation"))).isGreaterThan(incarnation);
            assertThat(state.members().all()).hasSize(2);
        }
    }
}
