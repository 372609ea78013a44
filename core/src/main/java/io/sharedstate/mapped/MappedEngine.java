package io.sharedstate.mapped;

import io.sharedstate.CodecFactory;
import io.sharedstate.Flush;
import io.sharedstate.SharedState;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Opens state in memory that processes share: {@code MappedEngine.at(directory).open()}.
 *
 * <p>All defaults together take less than 1 MB.
 */
@SuppressWarnings({"UnusedVariable", "DoNotCallSuggester"})
public final class MappedEngine {

    private final @Nullable Path directory;
    private int maxMembers = 64;
    private int maxCounters = 65_536;
    private int maxLocks = 16_384;
    private Flush flush = Flush.NEVER;
    private Duration flushInterval = Duration.ofSeconds(1);
    private @Nullable CodecFactory codecs;

    private MappedEngine(@Nullable Path directory) {
        this.directory = directory;
    }

    /** State in files: all processes that open the same directory share it. It is created if need be, with mode 0700. */
    public static MappedEngine at(Path directory) {
        return new MappedEngine(directory);
    }

    /**
     * State in this process's memory, lost with it. Every {@link #open()} of the object returned joins the same state, as
     * another process would.
     */
    public static MappedEngine heap() {
        return new MappedEngine(null);
    }

    /** Where state directories lie unless told otherwise: {@code /dev/shm/sharedstate-USER}, else in the temporary directory. */
    public static Path defaultParent() {
        throw new IllegalStateException();
    }

    /** How many may be attached at once, 1 to 1024; 64 by default. Counts when the directory is created. */
    public MappedEngine maxMembers(int maxMembers) {
        this.maxMembers = maxMembers;
        return this;
    }

    /** How many counters there may be; 65,536 by default. */
    public MappedEngine maxCounters(int maxCounters) {
        this.maxCounters = maxCounters;
        return this;
    }

    /** How many locks there may be; 16,384 by default. */
    public MappedEngine maxLocks(int maxLocks) {
        this.maxLocks = maxLocks;
        return this;
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

    /** Codecs for types other than {@code String}, {@code Long} and {@code byte[]}; by default those of Jackson when it is there. */
    public MappedEngine codecs(CodecFactory codecs) {
        this.codecs = codecs;
        return this;
    }

    /**
     * Joins, and creates what isn't there.
     *
     * @throws io.sharedstate.SharedStateException if it can't, saying why and what to do
     */
    public SharedState open() {
        throw new IllegalStateException();
    }
}
