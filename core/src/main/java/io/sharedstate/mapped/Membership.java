package io.sharedstate.mapped;

import static io.sharedstate.mapped.layout.MembersLayout.ADDRESS_LENGTH;
import static io.sharedstate.mapped.layout.MembersLayout.ADDRESS_LENGTH_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.ADDRESS_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.DIED_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.INCARNATION_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.JOINED_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.LISTENERS;
import static io.sharedstate.mapped.layout.MembersLayout.LISTENERS_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.NETWORK_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.NEXT_INCARNATION_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.PID_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.PROCESSES_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.SIGN_OF_LIFE_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.TIME_NAMESPACE_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.VERSION_LENGTH;
import static io.sharedstate.mapped.layout.MembersLayout.VERSION_LENGTH_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.VERSION_OFFSET;
import static io.sharedstate.mapped.layout.MembersLayout.slotOffset;

import io.sharedstate.Member;
import io.sharedstate.Members;
import io.sharedstate.NamespaceException;
import io.sharedstate.SharedStateEvent;
import io.sharedstate.SharedStateEvent.MemberDied;
import io.sharedstate.SharedStateEvent.MemberJoined;
import io.sharedstate.SharedStateEvent.MemberLeft;
import io.sharedstate.Surroundings;
import io.sharedstate.TooManyMembersException;
import io.sharedstate.mapped.layout.MembersLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/*
 * Members: one slot for each ordinal, written only by who holds the ordinal's byte of process.lock.
 *
 * Joining, under the creation lock: the lowest ordinal whose byte can be locked; incarnation = 0 (release); the other
 * fields; the incarnation, never given before (release). Leaving: incarnation = 0, then the byte.
 *
 * Invariants:
 * - An incarnation other than 0 in a slot is that of the byte's holder, or of one that died holding it.
 * - An owner word whose incarnation is not the one in its slot belongs to one that is gone: no need to ask the kernel.
 * - The next incarnation is above all that were given.
 * Non-invariants: the fields of a slot whose incarnation is 0 mean nothing. The sign of life, an opaque store by the member's watch,
 * is for people: nobody is taken for dead by it.
 *
 * A death leaves: while joining, a slot with incarnation 0, or a used-up incarnation; later, a slot whose byte is free.
 * Both are taken over by the next one to join; nobody cleans up before.
 */
final class Membership implements Members, MapExtents.Owners {

    private static final int CLAIM_ATTEMPTS = 40;
    /** The incarnation of who only looks. */
    private static final long NOBODY = 0;

    private final Storage storage;
    private final AtomicBuffer buffer;
    private final int capacity;
    private final SteadyClock clock;
    private final int ordinal;
    private final long incarnation;
    private final long owner;
    private final Surroundings surroundings;
    /** Who was alive at the last poll, and the newest incarnation that was told of; by ordinal. */
    private final @Nullable Member[] seen;

    private final long[] told;
    private volatile boolean closed;

    private Membership(
            Storage storage,
            AtomicBuffer buffer,
            int capacity,
            SteadyClock clock,
            int ordinal,
            long incarnation,
            Surroundings surroundings) {
        this.storage = storage;
        this.buffer = buffer;
        this.capacity = capacity;
        this.clock = clock;
        this.ordinal = ordinal;
        this.incarnation = incarnation;
        this.owner = MembersLayout.owner(incarnation, ordinal);
        this.surroundings = surroundings;
        this.seen = new Member[capacity];
        this.told = new long[capacity];
    }

    /** Joins; the creation lock is held. */
    static Membership join(Storage storage, AtomicBuffer buffer, int capacity, SteadyClock clock) {
        long timeNamespace = storage.timeNamespace();
        Surroundings surroundings = Surroundings.own();
        checkTimeNamespace(storage, buffer, capacity, timeNamespace);
        int ordinal = claimLowest(storage, capacity);
        int slot = slotOffset(ordinal);
        long before = buffer.getLongAcquire(slot + INCARNATION_OFFSET);
        if (before != 0) {
            buffer.putLong(slot + DIED_OFFSET, before);
        }
        buffer.putLongRelease(slot + INCARNATION_OFFSET, 0);
        VarHandle.releaseFence();
        buffer.putLong(slot + PID_OFFSET, ProcessHandle.current().pid());
        buffer.putLong(slot + JOINED_OFFSET, System.currentTimeMillis());
        buffer.putLong(slot + TIME_NAMESPACE_OFFSET, timeNamespace);
        buffer.putInt(slot + ADDRESS_LENGTH_OFFSET, 0);
        for (int wait = 0; wait < MembersLayout.WAITS; wait++) {
            buffer.putLong(slot + MembersLayout.WAITS_OFFSET + wait * Long.BYTES, 0);
        }
        for (int listener = 0; listener < LISTENERS; listener++) {
            buffer.putLong(slot + LISTENERS_OFFSET + listener * Long.BYTES, 0);
        }
        buffer.putLong(slot + SIGN_OF_LIFE_OFFSET, clock.millis());
        buffer.putInt(slot + VERSION_LENGTH_OFFSET, 0);
        buffer.putLong(slot + NETWORK_OFFSET, surroundings.network());
        buffer.putLong(slot + PROCESSES_OFFSET, surroundings.processes());
        long incarnation = buffer.getLong(NEXT_INCARNATION_OFFSET);
        buffer.putLongRelease(NEXT_INCARNATION_OFFSET, incarnation + 1);
        buffer.putLongRelease(slot + INCARNATION_OFFSET, incarnation);
        Membership membership = new Membership(storage, buffer, capacity, clock, ordinal, incarnation, surroundings);
        membership.poll(event -> {});
        return membership;
    }

    /** Looks at the members without being one. */
    static Membership observe(Storage storage, AtomicBuffer buffer, int capacity, SteadyClock clock) {
        return new Membership(storage, buffer, capacity, clock, 0, NOBODY, Surroundings.own());
    }

    private static void checkTimeNamespace(Storage storage, AtomicBuffer buffer, int capacity, long own) {
        for (int ordinal = 0; ordinal < capacity; ordinal++) {
            int slot = slotOffset(ordinal);
            long other = buffer.getLong(slot + TIME_NAMESPACE_OFFSET);
            if (buffer.getLongAcquire(slot + INCARNATION_OFFSET) != 0 && other != own && !storage.isFree(ordinal)) {
                throw new NamespaceException(
                        "member " + ordinal + " of " + storage.location() + " lives in time namespace "
                                + other + ", this process in " + own
                                + ": their clocks differ; start both in the same time namespace, or configure another directory");
            }
        }
    }

    private static int claimLowest(Storage storage, int capacity) {
        for (int ordinal = 0; ordinal < capacity; ordinal++) {
            // another member may be probing this byte just now; a live one keeps it for good
            for (int attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
                if (storage.claim(ordinal)) {
                    return ordinal;
                }
                if (attempt > 2 && !storage.isFree(ordinal)) {
                    break;
                }
                LockSupport.parkNanos(20_000);
            }
        }
        throw new TooManyMembersException(
                "all " + capacity + " places for members of " + storage.location()
                        + " are taken; stop some, or stop all, move the directory away and raise sharedstate.mapped.max-members");
    }

    /** Leaves; no lock is held and nobody is about to take one. A second call does nothing, also to a successor. */
    void leave() {
        if (isObserver()) {
            return;
        }
        buffer.compareAndSetLong(slotOffset(ordinal) + INCARNATION_OFFSET, incarnation, 0);
        storage.release(ordinal);
    }

    boolean isObserver() {
        return incarnation == NOBODY;
    }

    /** From now on no thread may take a lock. */
    void close() {
        closed = true;
    }

    @Override
    public void requireOpen() {
        if (closed) {
            throw new IllegalStateException("this SharedState is closed");
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** What this member stores in what it owns. */
    @Override
    public long owner() {
        return owner;
    }

    /** Whether the member that stored this word is certainly dead, or gone. */
    @Override
    public boolean isDead(long word) {
        return isGone(word) || (word != owner && storage.isFree(MembersLayout.ordinal(word)));
    }

    /** The same, as far as is known without asking the kernel. */
    boolean isGone(long word) {
        if (word == MembersLayout.DEAD_OWNER) {
            return true;
        }
        int who = MembersLayout.ordinal(word);
        if (who >= capacity) {
            return true; // no member ever had this ordinal: damage
        }
        return buffer.getLongAcquire(slotOffset(who) + INCARNATION_OFFSET) != MembersLayout.incarnation(word);
    }

    /** The member that stored this word, dead or alive; null if another has taken its place. */
    @Nullable
    Member whose(long word) {
        int who = MembersLayout.ordinal(word);
        Member member = word == MembersLayout.DEAD_OWNER || who >= capacity ? null : read(who);
        return member != null && member.incarnation() == MembersLayout.incarnation(word) ? member : null;
    }

    /** The incarnation that the next to join will get. */
    long nextIncarnation() {
        return buffer.getLongAcquire(NEXT_INCARNATION_OFFSET);
    }

    /** The lowest incarnation of those alive. */
    long oldestIncarnation() {
        return all().stream().mapToLong(Member::incarnation).min().orElse(incarnation);
    }

    @Override
    public Member self() {
        Member self = read(ordinal);
        return self == null || self.incarnation() != incarnation
                ? new Member(
                        ordinal,
                        incarnation,
                        ProcessHandle.current().pid(),
                        Instant.EPOCH,
                        surroundings,
                        null,
                        List.of(),
                        null,
                        Duration.ZERO)
                : self;
    }

    @Override
    public List<Member> all() {
        List<Member> members = new ArrayList<>();
        for (int each = 0; each < capacity; each++) {
            Member member = read(each);
            if (member != null && isAlive(member)) {
                members.add(member);
            }
        }
        return members;
    }

    private boolean isAlive(Member member) {
        return !isDead(MembersLayout.owner(member.incarnation(), member.ordinal()));
    }

    @Override
    public boolean isAlive(long wanted) {
        for (int each = 0; each < capacity; each++) {
            if (buffer.getLongAcquire(slotOffset(each) + INCARNATION_OFFSET) == wanted) {
                return wanted != 0 && !isDead(MembersLayout.owner(wanted, each));
            }
        }
        return false;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public void announce(String address) {
        announce("address", address, ADDRESS_LENGTH_OFFSET, ADDRESS_OFFSET, ADDRESS_LENGTH);
    }

    @Override
    public void announceVersion(String version) {
        announce("version", version, VERSION_LENGTH_OFFSET, VERSION_OFFSET, VERSION_LENGTH);
    }

    /** A length of 0, the bytes, and their length: who reads meanwhile finds none. */
    private void announce(String what, String text, int lengthOffset, int offset, int most) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > most) {
            throw new IllegalArgumentException(
                    what + " '" + text + "' has " + bytes.length + " bytes, at most " + most + " fit");
        }
        requireOpen();
        int slot = slotOffset(ordinal);
        buffer.putIntRelease(slot + lengthOffset, 0);
        VarHandle.releaseFence();
        buffer.putBytes(slot + offset, bytes);
        buffer.putIntRelease(slot + lengthOffset, bytes.length);
    }

    private @Nullable String announced(int slot, int lengthOffset, int offset, int most) {
        int length = buffer.getIntAcquire(slot + lengthOffset);
        if (length <= 0 || length > most) {
            return null;
        }
        byte[] bytes = new byte[length];
        buffer.getBytes(slot + offset, bytes);
        VarHandle.acquireFence();
        return buffer.getIntOpaque(slot + lengthOffset) == length ? new String(bytes, StandardCharsets.US_ASCII) : null;
    }

    /** Shows that this process runs. Nothing depends on it: who shows none is alive as long as the kernel says so. */
    void showSignOfLife() {
        int slot = slotOffset(ordinal);
        if (buffer.getLongAcquire(slot + INCARNATION_OFFSET) == incarnation) {
            buffer.putLongOpaque(slot + SIGN_OF_LIFE_OFFSET, clock.millis());
        }
    }

    /** Each is one store; who reads meanwhile sees some of before and some of now. */
    @Override
    public void announceListeners(List<Long> inodes) {
        if (inodes.size() > LISTENERS || inodes.contains(0L)) {
            throw new IllegalArgumentException(
                    "listeners " + inodes + ": expected at most " + LISTENERS + ", none of them 0");
        }
        requireOpen();
        int first = slotOffset(ordinal) + LISTENERS_OFFSET;
        for (int listener = 0; listener < LISTENERS; listener++) {
            buffer.putLongRelease(first + listener * Long.BYTES, listener < inodes.size() ? inodes.get(listener) : 0);
        }
    }

    private List<Long> listeners(int slot) {
        List<Long> inodes = new ArrayList<>();
        for (int listener = 0; listener < LISTENERS; listener++) {
            long inode = buffer.getLongAcquire(slot + LISTENERS_OFFSET + listener * Long.BYTES);
            if (inode != 0) {
                inodes.add(inode);
            }
        }
        return List.copyOf(inodes);
    }

    /** All members of a directory run on one kernel. */
    private Surroundings surroundings(int slot) {
        return new Surroundings(
                surroundings.kernel(), buffer.getLong(slot + NETWORK_OFFSET), buffer.getLong(slot + PROCESSES_OFFSET));
    }

    /** Who is or was last in a slot; null if nobody, or if it changes just now. */
    private @Nullable Member read(int which) {
        int slot = slotOffset(which);
        long found = buffer.getLongAcquire(slot + INCARNATION_OFFSET);
        if (found == 0) {
            return null;
        }
        long pid = buffer.getLong(slot + PID_OFFSET);
        long joined = buffer.getLong(slot + JOINED_OFFSET);
        String address = announced(slot, ADDRESS_LENGTH_OFFSET, ADDRESS_OFFSET, ADDRESS_LENGTH);
        String version = announced(slot, VERSION_LENGTH_OFFSET, VERSION_OFFSET, VERSION_LENGTH);
        long silence = Math.max(0, clock.millis() - buffer.getLongOpaque(slot + SIGN_OF_LIFE_OFFSET));
        List<Long> listeners = listeners(slot);
        Surroundings where = surroundings(slot);
        VarHandle.acquireFence();
        return buffer.getLongOpaque(slot + INCARNATION_OFFSET) == found
                ? new Member(
                        which,
                        found,
                        pid,
                        Instant.ofEpochMilli(joined),
                        where,
                        address,
                        listeners,
                        version,
                        Duration.ofMillis(silence))
                : null;
    }

    /** Tells what has changed since the last call, also of one that came and died since; by one thread at a time. */
    void poll(Consumer<SharedStateEvent> listener) {
        for (int each = 0; each < capacity; each++) {
            Member last = seen[each];
            Member found = read(each);
            Member now = found != null && isAlive(found) ? found : null;
            if (last != null && (now == null || now.incarnation() != last.incarnation())) {
                boolean died = (found != null && found.incarnation() == last.incarnation())
                        || buffer.getLong(slotOffset(each) + DIED_OFFSET) == last.incarnation();
                listener.accept(died ? new MemberDied(last) : new MemberLeft(last));
            }
            if (found != null && found.incarnation() > told[each]) {
                told[each] = found.incarnation();
                listener.accept(new MemberJoined(found));
                if (now == null) {
                    listener.accept(new MemberDied(found));
                }
            }
            seen[each] = now;
        }
    }

    // who waits for what: words of this member's slot, changed by its own threads

    /** Says that a thread of this member has begun ({@code 1}) or ended ({@code -1}) to wait for a lock. */
    void waiting(long lock, int change) {
        int slot = slotOffset(ordinal);
        if (buffer.getLongAcquire(slot + INCARNATION_OFFSET) != incarnation) {
            return; // left, and the slot may be another's
        }
        for (int attempt = 0; attempt < 2; attempt++) {
            for (int wait = 0; wait < MembersLayout.WAITS; wait++) {
                int at = slot + MembersLayout.WAITS_OFFSET + wait * Long.BYTES;
                long word = buffer.getLongVolatile(at);
                boolean match = attempt == 0 ? word != 0 && word >>> Short.SIZE == lock : word == 0 && change > 0;
                while (match) {
                    long count = (word & 0xffff) + change;
                    long next = count == 0 ? 0 : lock << Short.SIZE | count;
                    if (buffer.compareAndSetLong(at, word, next)) {
                        return;
                    }
                    word = buffer.getLongVolatile(at);
                    match = word == 0 ? change > 0 : word >>> Short.SIZE == lock;
                }
            }
        }
    }

    /** How many threads of live members wait for a lock. */
    int waiters(long lock) {
        int waiters = 0;
        for (Member member : all()) {
            int slot = slotOffset(member.ordinal());
            for (int wait = 0; wait < MembersLayout.WAITS; wait++) {
                long word = buffer.getLongVolatile(slot + MembersLayout.WAITS_OFFSET + wait * Long.BYTES);
                if (word != 0 && word >>> Short.SIZE == lock) {
                    waiters += (int) (word & 0xffff);
                }
            }
        }
        return waiters;
    }

    /** Throws {@link AssertionError} if an invariant doesn't hold; for tests, with nobody joining. */
    void checkInvariants() {
        long next = nextIncarnation();
        for (int each = 0; each < capacity; each++) {
            long found = buffer.getLongAcquire(slotOffset(each) + INCARNATION_OFFSET);
            if (found < 0 || found >= next) {
                throw new AssertionError("slot " + each + " has incarnation " + found + ", next is " + next);
            }
            for (int other = 0; other < each; other++) {
                if (found != 0 && found == buffer.getLongAcquire(slotOffset(other) + INCARNATION_OFFSET)) {
                    throw new AssertionError("slots " + other + " and " + each + " both have incarnation " + found);
                }
            }
        }
    }
}
