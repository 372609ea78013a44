package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedStateTests {

    record Order(String id, int amount) {}

    @TempDir
    Path directory;

    @Test
    void twoMembersShareEverything() {
        Path at = directory.resolve("app");
        try (SharedState one = MappedEngine.at(at).open();
                SharedState two = MappedEngine.at(at).open()) {
            assertThat(one.members().self().ordinal()).isZero();
            assertThat(two.members().self().ordinal()).isEqualTo(1);
            assertThat(two.members().all())
                    .containsExactly(one.members().self(), two.members().self());
            one.counter("hits").incrementAndGet();
            assertThat(two.counter("hits").incrementAndGet()).isEqualTo(2);
            one.adder("bytes").add(5);
            two.adder("bytes").add(7);
            assertThat(one.adder("bytes").sum()).isEqualTo(12);
            one.value("order", Order.class).set(new Order("a", 3));
            assertThat(two.value("order", Order.class).get()).isEqualTo(new Order("a", 3));
            one.lock("orders").lock();
            assertThat(two.lock("orders").tryLock()).isFalse();
            assertThat(two.lock("orders").status().holder().member())
                    .isEqualTo(one.members().self());
            one.lock("orders").unlock();
            assertThat(two.lock("orders").tryLock()).isTrue();
            assertThat(two.lock("orders").fencingToken()).isEqualTo(2);
            two.lock("orders").unlock();
            one.region("ring", 1000).buffer().putLong(0, 42);
            assertThat(two.region("ring", 1000).buffer().getLong(0)).isEqualTo(42);
            assertThat(one.names(Kind.VALUE)).containsExactly("order");
            assertThat(one.problems()).isEmpty();
        }
    }
}
