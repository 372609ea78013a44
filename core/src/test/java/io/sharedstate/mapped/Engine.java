package io.sharedstate.mapped;

import io.sharedstate.EngineUnderTest;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.agrona.concurrent.AtomicBuffer;

/** The engines in memory. */
public enum Engine implements EngineUnderTest {
    MAPPED {
        @Override
        Path makeParent() throws IOException {
            return Files.createTempDirectory("sharedstate-test-");
        }
    },
    MAPPED_IN_SHARED_MEMORY {
        @Override
        Path makeParent() throws IOException {
            return Files.createTempDirectory(SHARED_MEMORY, "sharedstate-test-");
        }
    },
    HEAP {
        @Override
        Path makeParent() {
            throw new UnsupportedOperationException("has no directory");
        }
    };

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    abstract Path makeParent() throws IOException;

    /** Those that there can be on this machine. */
    public static Stream<Engine> all() {
        return Stream.of(values())
                .filter(engine -> engine != MAPPED_IN_SHARED_MEMORY || Files.isWritable(SHARED_MEMORY));
    }

    @Override
    public Host host() {
        try {
            return this == HEAP ? new Host(null, new HeapMemory()) : new Host(makeParent(), null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Set<Kind> kinds() {
        return EnumSet.allOf(Kind.class);
    }

    @Override
    public int rounds(int times) {
        return times;
    }

    @Override
    public boolean compacts() {
        return true;
    }

    public static final class Host implements EngineUnderTest.Host {

        private final Path parent;
        private final HeapMemory memory;
        private final Map<MappedState, HeapMemory.Attached> processes = new HashMap<>();
        private final List<MappedState> members = new ArrayList<>();

        private Host(Path parent, HeapMemory memory) {
            this.parent = parent;
            this.memory = memory;
        }

        @Override
        public SharedState open() {
            return open((MappedEngine engine) -> engine);
        }

        /** A member whose monotonic clock is the test's. */
        public SharedState open(LongSupplier monotonic) {
            return open((MappedEngine engine) -> engine.monotonic(monotonic));
        }

        public SharedState open(UnaryOperator<MappedEngine> settings) {
            MappedState member;
            if (memory == null) {
                member = (MappedState)
                        settings.apply(MappedEngine.at(directory())).open();
            } else {
                HeapMemory.Attached process = memory.attach();
                member = settings.apply(MappedEngine.heap()).open("heap", process);
                processes.put(member, process);
            }
            members.add(member);
            return member;
        }

        /** The state directory; there is none on the heap. */
        public Path directory() {
            return parent.resolve("app");
        }

        public boolean isOnHeap() {
            return memory != null;
        }

        /** On the heap only: what ends a process elsewhere is the kernel. */
        @Override
        public boolean kills() {
            return isOnHeap();
        }

        @Override
        public void kill(SharedState killed) {
            MappedState member = (MappedState) killed;
            members.remove(member);
            processes.remove(member).die();
            member.endThreads();
        }

        /** A file of a state on the heap. */
        AtomicBuffer file(String path) {
            return memory.attach().open(path).buffer();
        }

        @Override
        public void checkInvariants() {
            members.stream()
                    .filter(member ->
                            member.members().all().contains(member.members().self()))
                    .forEach(MappedState::checkInvariants);
        }

        @Override
        public void close() throws IOException {
            checkInvariants();
            members.forEach(SharedState::close);
            if (parent != null) {
                try (Stream<Path> files = Files.walk(parent)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }
}
