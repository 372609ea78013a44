package io.sharedstate;

import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** An engine that every contract test runs on. */
public interface EngineUnderTest {

    /** The engines of the module whose tests run. */
    interface Provider extends Supplier<Stream<? extends EngineUnderTest>> {}

    static Stream<EngineUnderTest> all() {
        return ServiceLoader.load(Provider.class).stream()
                .flatMap(provider -> provider.get().get());
    }

    /** A state of its own, empty. */
    Host host();

    /** What there is of it on this engine. */
    Set<Kind> kinds();

    /** How often a test does something that it does {@code times} in memory, if it is not to take much longer. */
    int rounds(int times);

    /** Whether what was replaced in a map takes room until the map is compacted. */
    boolean compacts();

    /** Where one state is. Closing it closes all members, checks the invariants before, and leaves nothing. */
    interface Host extends AutoCloseable {

        SharedState open();

        /** Ends a member as if its process had died, for all to see at once. */
        void kill(SharedState member);

        /** Whether {@link #kill} can be had. */
        boolean kills();

        void checkInvariants();
    }
}
