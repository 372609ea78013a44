package io.sharedstate.autoconfigure.shedlock;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.nio.file.Path;
import java.util.Optional;
import net.javacrumbs.shedlock.core.ExtensibleLockProvider;
import net.javacrumbs.shedlock.core.SimpleLock;
import net.javacrumbs.shedlock.test.support.AbstractExtensibleLockProviderIntegrationTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** ShedLock's own tests; whether a lock is held is asked by another member. */
class ShedLockSuiteTests extends AbstractExtensibleLockProviderIntegrationTest {

    @TempDir
    Path directory;

    private SharedState state;
    private SharedState other;
    private SharedLockProvider provider;

    @BeforeEach
    void open() {
        state = MappedEngine.at(directory.resolve("state")).open();
        other = MappedEngine.at(directory.resolve("state")).open();
        provider = new SharedLockProvider(state);
    }

    @AfterEach
    void close() {
        other.close();
        state.close();
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
