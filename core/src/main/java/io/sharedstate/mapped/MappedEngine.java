package io.sharedstate.mapped;

import io.sharedstate.CodecFactory;
import io.sharedstate.Flush;
import io.sharedstate.FormatException;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateException;
import io.sharedstate.Verdict;
import io.sharedstate.doctor.Doctor;
import io.sharedstate.doctor.Finding;
import io.sharedstate.engine.Codecs;
import io.sharedstate.mapped.MappedState.Limits;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.MembersLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens state in memory that processes share: {@code MappedEngine.at(directory).open()}.
 *
 * <p>All defaults together take less than 1 MB.
 */
public final class MappedEngine {

    private static final Logger LOG = LoggerFactory.getLogger(SharedState.class);

    private static final String MEMBERS = "members.dat";

    private final @Nullable Path directory;
    private final @Nullable HeapMemory memory;
    private int maxMembers = 64;
    private int maxCounters = 65_536;
    private int maxLocks = 16_384;
    private int maxRateLimiters = 16_384;
    private Flush flush = Flush.NEVER;
    private Duration flushInterval = Duration.ofSeconds(1);
    private long expectedSize;
    private @Nullable CodecFactory codecs;
    private LongSupplier monotonic = System::nanoTime;

    private MappedEngine(@Nullable Path directory, @Nullable HeapMemory memory) {
        this.directory = directory;
        this.memory = memory;
    }

    /** State in files: all processes that open the same directory share it. It is created if need be, with mode 0700. */
    public static MappedEngine at(Path directory) {
        return new MappedEngine(directory, null);
    }

    /**
     * State in this process's memory, lost with it. Every {@link #open()} of the object returned joins the same state, as
     * another process would.
     */
    public static MappedEngine heap() {
        return new MappedEngine(null, new HeapMemory());
    }

    /** Where state directories lie unless told otherwise: {@code /dev/shm/sharedstate-USER}, else in the temporary directory. */
    public static Path defaultParent() {
        Path shm = Path.of("/dev/shm");
        Path parent =
                Files.isDirectory(shm) && Files.isWritable(shm) ? shm : Path.of(System.getProperty("java.io.tmpdir"));
        String user = System.getProperty("user.name").replaceAll("[^A-Za-z0-9_-]", "_");
        return parent.resolve("sharedstate-" + user);
    }

    /** How many may be attached at once, 1 to 1024; 64 by default. Counts when the directory is created. */
    public MappedEngine maxMembers(int maxMembers) {
        requireWithin("maxMembers", maxMembers, MembersLayout.MAX_CAPACITY);
        this.maxMembers = maxMembers;
        return this;
    }

    /** How many counters there may be; 65,536 by default. */
    public MappedEngine maxCounters(int maxCounters) {
        requireWithin("maxCounters", maxCounters, Integer.MAX_VALUE);
        this.maxCounters = maxCounters;
        return this;
    }

    /** How many locks there may be; 16,384 by default. */
    public MappedEngine maxLocks(int maxLocks) {
        requireWithin("maxLocks", maxLocks, Integer.MAX_VALUE);
        this.maxLocks = maxLocks;
        return this;
    }

    /** How many rate limiters there may be; 16,384 by default. */
    public MappedEngine maxRateLimiters(int maxRateLimiters) {
        requireWithin("maxRateLimiters", maxRateLimiters, Integer.MAX_VALUE);
        this.maxRateLimiters = maxRateLimiters;
        return this;
    }

    private static void requireWithin(String what, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(what + " is " + value + ", expected 1 to " + most);
        }
    }

    /** What a power cut may cost; {@link Flush#NEVER} by default. */
    public MappedEngine flush(Flush flush) {
        this.flush = flush;
        return this;
    }

    /** How often changes are forced to the disk on {@link Flush#INTERVAL}; a second by default. */
    public MappedEngine flushInterval(Duration flushInterval) {
        this.flushInterval = flushInterval;
        return this;
    }

    /** How many bytes all state will take that is known to be created: if there is no room for that, a warning says so. 0 by default. */
    public MappedEngine expectedSize(long expectedSize) {
        this.expectedSize = expectedSize;
        return this;
    }

    /** Codecs for types other than {@code String}, {@code Long} and {@code byte[]}; by default those of Jackson when it is there. */
    public MappedEngine codecs(CodecFactory codecs) {
        this.codecs = codecs;
        return this;
    }

    /** In place of the machine's monotonic clock, in nanoseconds; for tests. */
    MappedEngine monotonic(LongSupplier monotonic) {
        this.monotonic = monotonic;
        return this;
    }

    /**
     * Joins, and creates what isn't there. What is wrong around the directory is logged as warnings, by {@link Doctor}.
     *
     * @throws io.sharedstate.SharedStateException if it can't, saying why and what to do
     */
    public SharedState open() {
        if (memory != null) {
            return open("heap", memory.attach());
        }
        FileStorage storage = FileStorage.in(Objects.requireNonNull(directory));
        Doctor.warn(Doctor.directory(Path.of(storage.location()), Math.max(0, expectedSize - storage.size())));
        return open("mapped", storage);
    }

    MappedState open(String engine, Storage storage) {
        storage.lockCreation();
        try {
            Segment file = openMembers(storage);
            AtomicBuffer buffer = file.buffer();
            Segments segments = segments(storage, file, flush);
            verifyAfterReboot(storage, segments, file);
            int capacity = capacity(file);
            requireSameLockFile(storage, buffer, capacity);
            long[] lockFile = storage.lockFile();
            buffer.putLong(MembersLayout.LOCK_FILE_OFFSET, lockFile[0]);
            buffer.putLong(MembersLayout.LOCK_FILE_OFFSET + Long.BYTES, lockFile[1]);
            Membership members = Membership.join(storage, buffer, capacity, clock(buffer));
            boolean prepared = false;
            try {
                segments.open(MEMBERS, FileType.MEMBERS);
                MappedState state = state(engine, segments, members, buffer);
                if (flush == Flush.INTERVAL) {
                    state.flushEvery(Math.max(1, flushInterval.toMillis()));
                }
                prepared = true;
                return state;
            } finally {
                if (!prepared) {
                    members.leave();
                }
            }
        } finally {
            storage.unlockCreation();
        }
    }

    /**
     * Looks at the state in a directory without joining it, for tools: who is there, what there is, and its figures, also
     * beside processes that hang and after all have died. What would change anything throws {@link UnsupportedOperationException};
     * so does reading a map's entries, which it counts. Nothing is written, and nobody has to wait.
     *
     * @throws io.sharedstate.SharedStateException if it can't, saying why and what to do
     */
    public static SharedState observe(Path directory) {
        return look(directory);
    }

    /**
     * Verifies all that is in a directory, as {@link #observe} does beside those who use it.
     *
     * @return one for each thing that is verified by itself
     */
    public static List<Verdict> verify(Path directory) {
        try (MappedState state = look(directory)) {
            return Verification.of(state);
        }
    }

    /**
     * Looks for what is wrong with a directory, its file system, its members and their ports, beside those who use it.
     *
     * @throws io.sharedstate.SharedStateException if there is no state
     */
    public static List<Finding> examine(Path given) {
        Path directory = given.toAbsolutePath().normalize();
        List<Finding> findings = new ArrayList<>();
        try (MappedState state = look(directory)) {
            findings.addAll(Doctor.members(state.members().all()));
        } catch (SharedStateException e) {
            if (!Files.exists(directory.resolve(ProcessLock.FILE_NAME))) {
                throw e;
            }
            findings.add(new Finding(
                    String.valueOf(e.getMessage()),
                    "a state that this version of sharedstate can read",
                    "do what is said there, or look with the version that the application has"));
        }
        findings.addAll(Doctor.directory(directory, 0));
        return findings;
    }

    private static MappedState look(Path directory) {
        Storage storage = FileStorage.observing(directory);
        Segment file = storage.open(MEMBERS);
        if (file == null) {
            throw new FormatException(storage.location() + " is no state directory: it has no " + MEMBERS);
        }
        requireWhole(storage, file);
        int capacity = capacity(file);
        requireSameLockFile(storage, file.buffer(), capacity);
        return at(directory)
                .state(
                        "mapped",
                        segments(storage, file, Flush.NEVER),
                        Membership.observe(
                                storage, file.buffer(), capacity, at(directory).clock(file.buffer())),
                        file.buffer());
    }

    private static Segments segments(Storage storage, Segment members, Flush flush) {
        AtomicBuffer buffer = members.buffer();
        return new Segments(
                storage,
                buffer.getLong(FileHeader.UUID_OFFSET),
                buffer.getLong(FileHeader.UUID_OFFSET + Long.BYTES),
                flush);
    }

    private static int capacity(Segment members) {
        return (int) members.buffer().getLong(FileHeader.PARAMETER_0_OFFSET);
    }

    private static void requireWhole(Storage storage, Segment members) {
        Segments.requireWhole(storage, members, Segments.damage(members, 0, 0, FileType.MEMBERS));
        long capacity = members.buffer().getLong(FileHeader.PARAMETER_0_OFFSET);
        if (capacity < 1
                || capacity > MembersLayout.MAX_CAPACITY
                || members.length() != MembersLayout.fileLength((int) capacity)) {
            Segments.requireWhole(storage, members, "has " + capacity + " places in " + members.length() + " bytes");
        }
    }

    private MappedState state(String engine, Segments segments, Membership members, AtomicBuffer file) {
        return new MappedState(
                engine,
                segments,
                members,
                new Codecs(codecs),
                clock(file),
                new Limits(maxCounters, maxLocks, maxRateLimiters));
    }

    private SteadyClock clock(AtomicBuffer members) {
        return new SteadyClock(monotonic, members.getLong(MembersLayout.CLOCK_OFFSET));
    }

    private Segment openMembers(Storage storage) {
        Segment found = storage.open(MEMBERS);
        if (found == null) {
            return createMembers(storage);
        }
        requireWhole(storage, found);
        if (capacity(found) != maxMembers) {
            LOG.warn(
                    "{} was created for {} members, {} are configured: what exists stands; to change it, stop all processes and"
                            + " move the directory away",
                    storage.location(),
                    capacity(found),
                    maxMembers);
        }
        return found;
    }

    private Segment createMembers(Storage storage) {
        UUID uuid = UUID.randomUUID();
        int length = MembersLayout.fileLength(maxMembers);
        long[] boot = storage.bootId();
        return storage.create(MEMBERS, length, buffer -> {
            FileHeader.write(
                    buffer,
                    length,
                    uuid.getMostSignificantBits(),
                    uuid.getLeastSignificantBits(),
                    new Content(FileType.MEMBERS, maxMembers, 0));
            buffer.putLong(MembersLayout.NEXT_INCARNATION_OFFSET, 1);
            buffer.putLong(MembersLayout.BOOT_ID_OFFSET, boot[0]);
            buffer.putLong(MembersLayout.BOOT_ID_OFFSET + Long.BYTES, boot[1]);
            setClock(buffer);
        });
    }

    /** The machine's monotonic clock begins anew with each boot: what is added to it has to follow. */
    private void setClock(AtomicBuffer members) {
        members.putLong(MembersLayout.CLOCK_OFFSET, SteadyClock.epochMs(monotonic));
    }

    /**
     * Kernel locks on a file that was deleted (by what cleans up temporary files, say) tell nothing to who opens the file
     * made in its place: all would seem dead. A live member keeps the inode in use, so that no other file has its number.
     */
    private static void requireSameLockFile(Storage storage, AtomicBuffer members, int capacity) {
        int at = MembersLayout.LOCK_FILE_OFFSET;
        long[] found = storage.lockFile();
        if (members.getLong(at) != found[0] && members.getLong(at + Long.BYTES) != found[1]) {
            for (int ordinal = 0; ordinal < capacity; ordinal++) {
                if (members.getLong(MembersLayout.slotOffset(ordinal) + MembersLayout.INCARNATION_OFFSET) != 0) {
                    throw new FormatException(ProcessLock.FILE_NAME + " in " + storage.location()
                            + " was deleted or replaced since member " + ordinal
                            + " joined, so that nobody can tell whether that one is alive; stop all processes of the"
                            + " application, then move the directory away to begin anew");
                }
            }
        }
    }

    private void verifyAfterReboot(Storage storage, Segments segments, Segment members) {
        AtomicBuffer buffer = members.buffer();
        long[] boot = storage.bootId();
        if (buffer.getLong(MembersLayout.BOOT_ID_OFFSET) != boot[0]
                || buffer.getLong(MembersLayout.BOOT_ID_OFFSET + Long.BYTES) != boot[1]) {
            List<String> dropped = Reboot.verify(segments, members);
            LOG.info("{} was verified after a reboot: {} things dropped", storage.location(), dropped.size());
            dropped.forEach(each -> LOG.warn("dropped after a reboot: {}", each));
            setClock(buffer);
            buffer.putLong(MembersLayout.BOOT_ID_OFFSET, boot[0]);
            buffer.putLong(MembersLayout.BOOT_ID_OFFSET + Long.BYTES, boot[1]);
            members.force();
        }
    }
}
