package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.sharedstate.Flush;
import io.sharedstate.Kind;
import io.sharedstate.LogCapture;
import io.sharedstate.MapOptions;
import io.sharedstate.RateLimit;
import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.LockLayout;
import io.sharedstate.mapped.layout.MapLayout;
import io.sharedstate.mapped.layout.MembersLayout;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.agrona.concurrent.AtomicBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the first to join after a reboot makes of maps whose pages reached the disk in any order, or not at all. */
class MapRebootTests {

    private static final Logger LOG = (Logger) LoggerFactory.getLogger(SharedState.class);
    private static final MapOptions OPTIONS = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);
    private static final MapLayout LAYOUT = new MapLayout(MapOptions.MIN_SIZE, 4);
    private static final int ENTRIES = 40;

    private HeapMemory disk = new HeapMemory();

    @BeforeAll
    static void mute() {
        LOG.setLevel(Level.ERROR);
    }

    @AfterAll
    static void unmute() {
        LOG.setLevel(null);
    }

    private HeapMemory.Attached boot(long id) {
        return disk.new Attached() {
            @Override
            public long[] bootId() {
                return new long[] {id, id};
            }
        };
    }

    private static MappedState open(Storage storage, LongSupplier clockMs) {
        return MappedEngine.heap()
                .maxMembers(4)
                .flush(Flush.ALWAYS)
                .monotonic(() -> clockMs.getAsLong() * 1_000_000)
                .open("heap", storage);
    }

    private static SharedMap<String, String> map(MappedState state) {
        return state.map("map", String.class, String.class, OPTIONS);
    }

    private static Map<String, String> expected() {
        Map<String, String> expected = new TreeMap<>();
        for (int i = 0; i < ENTRIES; i++) {
            expected.put("key-" + i, "value-" + i);
        }
        return expected;
    }

    /** Boot 1, in which each segment was compacted, and which ends by a power cut. */
    private void firstBoot() {
        HeapMemory.Attached storage = boot(1);
        MappedState state = open(storage, () -> 1_000_000);
        SharedMap<String, String> map = map(state);
        for (int i = 0; i < 2_000; i++) {
            map.put("key-" + i % ENTRIES, "before " + i);
            map.put("removed-" + i % ENTRIES, "x");
            map.remove("removed-" + i % ENTRIES);
        }
        map.putAll(expected());
        map.put("timed", "out", Duration.ofMinutes(10));
        assertThat(map.statistics().compactions()).isGreaterThan(4);
        state.endThreads();
        storage.die();
    }

    private MappedState afterPowerCut(Consumer<AtomicBuffer> damage) {
        firstBoot();
        damage.accept(file());
        return open(boot(2), () -> 7);
    }

    private AtomicBuffer file() {
        return disk.attach().open("maps/map.dat").buffer();
    }

    private static int descriptorOffset(int segment) {
        return LAYOUT.segmentOffset(segment) + MapLayout.DESCRIPTOR_OFFSET;
    }

    private static int extentOf(AtomicBuffer file, int segment) {
        return LAYOUT.extentOffset(MapLayout.extent(file.getLong(descriptorOffset(segment))));
    }

    /** Where the slot of some entry of a segment is. */
    private static int slotOffset(AtomicBuffer file, int segment) {
        for (int position = 0; position < LAYOUT.slots(); position++) {
            int offset = extentOf(file, segment) + MapLayout.INDEX_OFFSET + position * Long.BYTES;
            if (MapLayout.entry(file.getLong(offset)) != 0) {
                return offset;
            }
        }
        throw new AssertionError("nothing in segment " + segment);
    }

    private static void requireUsable(MappedState state) {
        state.checkInvariants();
        SharedMap<String, String> map = map(state);
        for (int i = 0; i < 2_000; i++) {
            map.put("key-" + i % ENTRIES, "after " + i);
        }
        assertThat(map.get("key-0")).isEqualTo("after " + (2_000 - ENTRIES));
        state.checkInvariants();
    }

    @Test
    void keepsWhatIsWholeAndGoesOnWithItsTime() {
        try (MappedState state = afterPowerCut(file -> {})) {
            SharedMap<String, String> map = map(state);
            assertThat(map.remove("timed")).isEqualTo("out");
            assertThat(new HashMap<>(map)).isEqualTo(expected());
            map.put("timed", "again", Duration.ofMinutes(10));
            assertThat(map.expiry("timed")).contains(Duration.ofMinutes(10));
            assertThat(map.size()).isEqualTo(ENTRIES + 1);
            requireUsable(state);
        }
    }

    @Test
    void permitsOfAKeyThatWereTakenStayTaken() {
        RateLimit daily = RateLimit.of(10, Duration.ofDays(1));
        HeapMemory.Attached storage = boot(1);
        MappedState before = open(storage, () -> 1_000_000);
        assertThat(before.keyedRateLimiter("login", daily, MapOptions.MIN_SIZE).tryAcquire("ann", 10))
                .isTrue();
        AtomicBuffer file = disk.attach().open("keyed-rate-limiters/login.dat").buffer();
        file.putLong(LAYOUT.segmentOffset(0) + MapLayout.LOCK_OFFSET + LockLayout.OWNER_OFFSET, 1 << 10);
        before.endThreads();
        storage.die();
        try (MappedState state = open(boot(2), () -> 7)) {
            assertThat(file.getLong(LAYOUT.segmentOffset(0) + MapLayout.LOCK_OFFSET + LockLayout.OWNER_OFFSET))
                    .isEqualTo(MembersLayout.DEAD_OWNER);
            SharedKeyedRateLimiter limiter = state.keyedRateLimiter("login", daily, MapOptions.MIN_SIZE);
            assertThat(limiter.tryAcquire("ann")).isFalse();
            for (int i = 0; i < 50; i++) {
                assertThat(limiter.tryAcquire("key-" + i, 10)).isTrue();
            }
            state.checkInvariants();
        }
    }

    @Test
    void whatExpiresGoesOnExpiringByTheTimeOfDay() {
        try (MappedState state = afterPowerCut(file -> {})) {
            assertThat(map(state).expiry("timed").orElseThrow())
                    .isBetween(Duration.ofMinutes(8), Duration.ofMinutes(10));
        }
    }

    @Test
    void dropsADamagedEntryAndReportsIt() {
        try (var log = LogCapture.of(SharedState.class);
                MappedState state = afterPowerCut(file -> {
                    int entry = extentOf(file, 0) + MapLayout.entry(file.getLong(slotOffset(file, 0)));
                    int value = entry + MapLayout.KEY_OFFSET + 6;
                    file.putByte(value, (byte) ~file.getByte(value));
                })) {
            assertThat(expected()).containsAllEntriesOf(withoutTimed(map(state)));
            assertThat(map(state).size()).isEqualTo(ENTRIES);
            assertThat(log.warnings()).anyMatch(warning -> warning.contains("1 entries of maps/map.dat: damaged"));
            requireUsable(state);
        }
    }

    private static Map<String, String> withoutTimed(SharedMap<String, String> map) {
        Map<String, String> copy = new HashMap<>(map);
        copy.remove("timed");
        return copy;
    }

    @Test
    void dropsASlotThatPointsToAnothersEntry() {
        try (MappedState state = afterPowerCut(file -> {
            int slot = slotOffset(file, 0);
            file.putLong(slot, file.getLong(slot) ^ 1L << 60);
        })) {
            assertThat(map(state).size()).isEqualTo(ENTRIES);
            assertThat(expected()).containsAllEntriesOf(withoutTimed(map(state)));
            requireUsable(state);
        }
    }

    @Test
    void findsWhatIsBehindASlotThatWasLost() {
        try (MappedState state = afterPowerCut(file -> {
            for (int segment = 0; segment < LAYOUT.segments(); segment++) {
                file.putLong(slotOffset(file, segment), 0);
            }
        })) {
            assertThat(map(state).size()).isEqualTo(ENTRIES + 1 - LAYOUT.segments());
            requireUsable(state);
        }
    }

    @Test
    void takesTheNewerOfTwoEntriesWithOneKey() {
        HeapMemory.Attached storage = boot(1);
        MappedState before = open(storage, () -> 0);
        SharedMap<String, String> map = map(before);
        map.put("key", "old");
        AtomicBuffer file = file();
        int segment = MapLayout.entry(file.getLong(slotOffsetOrZero(file, 0))) != 0 ? 0 : 1;
        int slot = slotOffset(file, segment);
        long old = file.getLong(slot);
        map.put("key", "new");
        before.endThreads();
        storage.die();
        boolean first = slot == extentOf(file, segment) + MapLayout.INDEX_OFFSET;
        file.putLong(
                first ? slot + Long.BYTES : slot - Long.BYTES,
                old); // as if the page with a tombstone hadn't been written
        try (MappedState state = open(boot(2), () -> 0)) {
            assertThat(map(state)).containsOnly(Map.entry("key", "new"));
            state.checkInvariants();
        }
    }

    private static int slotOffsetOrZero(AtomicBuffer file, int segment) {
        try {
            return slotOffset(file, segment);
        } catch (AssertionError e) {
            return LAYOUT.segmentOffset(segment) + MapLayout.SEGMENT_LENGTH - Long.BYTES; // zero
        }
    }

    @Test
    void findsTheExtentsOfDescriptorsThatWereLost() {
        try (MappedState state = afterPowerCut(file -> {
            file.putLong(descriptorOffset(0), 0);
            file.putLong(descriptorOffset(1), -1);
        })) {
            assertThat(withoutTimed(map(state))).isEqualTo(expected());
            requireUsable(state);
        }
    }

    @Test
    void beginsASegmentAnewWhoseExtentsAreLost() {
        try (var log = LogCapture.of(SharedState.class);
                MappedState state = afterPowerCut(file -> {
                    for (int extent = 0; extent < LAYOUT.extents(); extent++) {
                        int segment = LAYOUT.extentOffset(extent) + MapLayout.SEGMENT_OFFSET;
                        if (file.getLong(segment) == 2) {
                            file.putLong(segment, 1);
                            file.putLong(segment - MapLayout.SEGMENT_OFFSET + MapLayout.EPOCH_OFFSET, 1);
                        }
                    }
                })) {
            assertThat(expected()).containsAllEntriesOf(withoutTimed(map(state)));
            assertThat(map(state).size()).isBetween(5, ENTRIES - 5);
            assertThat(log.warnings())
                    .anyMatch(warning -> warning.contains("segment 1 of maps/map.dat: its entries are lost"));
            requireUsable(state);
        }
    }

    @Test
    void setsAsideAFileOfAnotherLengthThanItsSizeMakes() {
        try (MappedState state = afterPowerCut(file -> {
            FileHeader.Content content = FileHeader.content(file, io.sharedstate.mapped.layout.FileType.MAP);
            FileHeader.write(
                    file,
                    file.capacity(),
                    file.getLong(FileHeader.UUID_OFFSET),
                    file.getLong(FileHeader.UUID_OFFSET + Long.BYTES),
                    new FileHeader.Content(content.type(), 1 << 20, 4, "map", "utf-8", "utf-8"));
        })) {
            assertThat(state.names(Kind.MAP)).isEmpty();
            assertThat(map(state)).isEmpty();
            requireUsable(state);
        }
    }

    @Test
    void canBeCutOffAtEveryStoreAndRepeated() {
        for (int k = 1; ; k++) {
            disk = new HeapMemory();
            HeapMemory.Attached storage = boot(1);
            MappedState before = open(storage, () -> 0);
            for (int i = 0; i < 20; i++) {
                map(before).put("key-" + i, "value-" + i);
            }
            before.endThreads();
            storage.die();
            file().putLong(slotOffset(file(), 0), 1L << 40 | 123);
            Mortal process = new Mortal(disk);
            HeapMemory.Attached first = process.storage(new long[] {2, 2});
            process.dieBefore(k);
            boolean completed = false;
            try {
                open(first, () -> 0).endThreads();
                completed = true;
            } catch (Mortal.Death e) {
                // as planned
            }
            first.die();
            try (MappedState state = open(boot(2), () -> 0)) {
                assertThat(map(state).size()).isEqualTo(19);
                assertThat(expected()).containsAllEntriesOf(map(state));
                state.checkInvariants();
            }
            if (completed) {
                assertThat(k).isGreaterThan(800);
                return;
            }
        }
    }
}
