package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.mock.env.MockEnvironment;

class DeclaredSizeTests {

    private static final long MB = 1 << 20;

    private static long of(String... properties) {
        MockEnvironment environment = new MockEnvironment();
        for (String property : properties) {
            String[] pair = property.split("=", 2);
            environment.setProperty("sharedstate." + pair[0], pair[1]);
        }
        return DeclaredSize.of(Binder.get(environment).bindOrCreate("sharedstate", SharedStateProperties.class));
    }

    @Test
    void isTheSumOfWhatIsDeclared() {
        assertThat(of()).isEqualTo(MB);
        assertThat(of("maps.a.max-size=7MB", "maps.b.max-size=8MB")).isEqualTo(16 * MB);
        assertThat(of("values.a.max-size=1MB")).isEqualTo(5 * MB);
        assertThat(of("queues.a.max-size=5MB", "topics.b.max-size=2MB")).isEqualTo(8 * MB);
        assertThat(of("rate-limiters.a.permits=1", "rate-limiters.b.permits=1", "rate-limiters.b.per-key=true"))
                .isEqualTo(5 * MB);
        assertThat(of("rate-limiters.b.permits=1", "rate-limiters.b.per-key=true", "rate-limiters.b.max-size=9MB"))
                .isEqualTo(10 * MB);
    }

    @Test
    void countsFeaturesOnlyIfTheyAreOn() {
        String[] declared = {
            "caches.a.max-size=9MB", "caches.b.ttl=1s", "session.max-size=32MB", "idempotency.max-size=16MB"
        };
        assertThat(of(declared)).isEqualTo(MB);
        assertThat(of(with(declared, "cache.enabled=true"))).isEqualTo(14 * MB);
        assertThat(of(with(declared, "session.enabled=true"))).isEqualTo(33 * MB);
        assertThat(of(with(declared, "idempotency.enabled=true"))).isEqualTo(17 * MB);
    }

    private static String[] with(String[] declared, String more) {
        String[] all = Arrays.copyOf(declared, declared.length + 1);
        all[declared.length] = more;
        return all;
    }
}
