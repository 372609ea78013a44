package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

    @Test
    @EnabledOnOs(OS.LINUX)
    void memoryOfRemovedNamesIsGivenBack() {
        int names = 40;
        try (SharedState state = MappedEngine.at(directory.resolve("app")).open()) {
            for (int i = 0; i < names; i++) {
                state.value("v" + i, String.class).set("x");
                state.region("r" + i, 100).buffer().putLong(0, 1);
                state.adder("a" + i).increment();
                state.remove(Kind.VALUE, "v" + i);
                state.remove(Kind.REGION, "r" + i);
                state.remove(Kind.ADDER, "a" + i);
            }
            Awaitility.await().untilAsserted(() -> {
                System.gc();
                assertThat(deletedMappings()).isLessThan(names / 4);
            });
        }
    }

    private long deletedMappings() throws IOException {
        try (Stream<String> mappings = Files.lines(Path.of("/proc/self/maps"))) {
            return mappings.filter(line -> line.contains(directory.toString()) && line.endsWith("(deleted)"))
                    .count();
        }
    }
}
