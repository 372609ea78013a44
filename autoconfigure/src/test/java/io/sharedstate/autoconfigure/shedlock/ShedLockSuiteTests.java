package io.sharedstate.autoconfigure.shedlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.Place;
import java.util.Optional;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.test.support.AbstractExtensibleLockProviderIntegrationTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** ShedLock's own tests; whether a lock is held is asked by another member. */
@ParameterizedClass
@EnumSource(names = {"MAPPED", "REDIS"})
class ShedLockSuiteTests extends AbstractExtensibleLockProviderIntegrationTest {

    @Parameter
    Place.Engine engine;

    private Place place;

    private SharedState state;
    private SharedState other;
    private SharedLockProvider provider;

    @BeforeEach
    void open() {
        place = engine.place();
        state = place.open();
        other = place.open();
        provider = new SharedLockProvider(state);
    }

    @AfterEach
    void close() {
        place.close();
    }

    @Override
    protected ExtensibleLockProvider getLockProvider() {
        return provider;
    }

    private Optional<SimpleLock> lockedByOther(String name) {
        return new SharedLockProvider(other).lock(lockConfig(name));
    }

    @Override
    protected void assertUnlocked(String name) {
        assertThat(lockedByOther(name)).hasValueSatisfying(SimpleLock::unlock);
    }

    @Override
    protected void assertLocked(String name) {
        assertThat(lockedByOther(name)).isEmpty();
    }
}
