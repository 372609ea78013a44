package io.sharedstate.benchmarks;

import io.sharedstate.Codec;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.WhenFull;
import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import net.openhft.chronicle.map.ChronicleMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reading and replacing entries at random: a short key and a value of 100 characters, which are 100 bytes. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MapBenchmark {

    private static final String VALUE = "x".repeat(100);

    /** What Chronicle Map needs on 17 and 25, and doesn't call home. All benchmarks of this class run with it. */
    static final String[] CHRONICLE_FLAGS = {
        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
        "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
        "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
        "--add-opens=java.base/java.io=ALL-UNNAMED",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-opens=java.base/java.util=ALL-UNNAMED",
        "-Dchronicle.analytics.disable=true"
    };

    /** For a map that is three quarters full with these entries; where there are few, less, as chance may put many into one segment. */
    static MapOptions optionsFor(int entries) {
        return MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE + entries * 350L);
    }

    /** Keys, in an order that no cache likes. */
    @State(Scope.Benchmark)
    public static class Keys {

        private static final int ORDER = 1 << 20;

        @Param("100000")
        int entries;

        String[] all = {};
        private int[] order = {};
        private int next;

        @Setup
        public void make() {
            all = new String[entries];
            for (int i = 0; i < entries; i++) {
                all[i] = "key-" + i;
            }
            order = new Random(1).ints(ORDER, 0, entries).toArray();
        }

        int nextNumber() {
            return order[next++ & (ORDER - 1)];
        }

        String next() {
            return all[nextNumber()];
        }
    }

    /** Ours, in a map that is as large as its entries need, as the peer's is. */
    @State(Scope.Benchmark)
    public static class Shared {

        private final Scratch scratch = Scratch.create();
        private final SharedState state = MappedEngine.at(scratch.state()).open();
        private @Nullable SharedMap<String, String> strings;
        private @Nullable SharedMap<byte[], byte[]> bytes;
        final ByteBuffer buffer = ByteBuffer.allocateDirect(128);
        byte[][] keys = {};

        @Setup
        public void fill(Keys given) {
            MapOptions options = optionsFor(given.entries);
            strings = state.map("strings", String.class, String.class, options);
            bytes = state.map("bytes", Codec.bytes(), Codec.bytes(), options);
            keys = new byte[given.entries][];
            byte[] value = VALUE.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < keys.length; i++) {
                keys[i] = given.all[i].getBytes(StandardCharsets.UTF_8);
                strings.put(given.all[i], VALUE);
                bytes.put(keys[i], value);
            }
        }

        @SuppressWarnings("NullAway")
        SharedMap<String, String> strings() {
            return strings;
        }

        @SuppressWarnings("NullAway")
        SharedMap<byte[], byte[]> bytes() {
            return bytes;
        }

        @TearDown
        public void leave() {
            state.close();
            scratch.close();
        }
    }

    /** Ours, up to its bounds. */
    @State(Scope.Benchmark)
    public static class Full {

        private final Scratch scratch = Scratch.create();
        private final SharedState state = MappedEngine.at(scratch.state()).open();
        private final MapOptions options = MapOptions.DEFAULT.maxSize(16 << 20);
        final SharedMap<String, String> refusing = state.map("refusing", String.class, String.class, options);
        final SharedMap<String, String> evicting =
                state.map("evicting", String.class, String.class, options.whenFull(WhenFull.EVICT));
        int held;
        int number;

        /** Up to 95 % of what it takes, or, if a segment is full by chance before, as far as that; the other as far as it goes. */
        @Setup
        public void fill() {
            try {
                while (refusing.statistics().bytes() < refusing.statistics().capacity() * 95 / 100) {
                    for (int i = 0; i < 100; i++) {
                        refusing.put("key-" + held, VALUE);
                        held++;
                    }
                }
            } catch (MapFullException full) {
                // what is held is enough, and replacing it takes no more room
            }
            while (evicting.statistics().evictions() < 100_000) {
                evicting.put("key-" + number++, VALUE);
            }
        }

        @TearDown
        public void leave() {
            state.close();
            scratch.close();
        }
    }

    /** The peer that shares, too. */
    @State(Scope.Benchmark)
    public static class Chronicle {

        private final Scratch scratch = Scratch.create();
        private @Nullable ChronicleMap<String, String> map;

        @Setup
        public void fill(Keys given) {
            try {
                map = ChronicleMap.of(String.class, String.class)
                        .name("strings")
                        .entries(given.entries)
                        .averageKey(given.all[given.entries / 2])
                        .averageValue(VALUE)
                        .createPersistedTo(scratch.path().resolve("chronicle").toFile());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            for (String key : given.all) {
                map.put(key, VALUE);
            }
        }

        @SuppressWarnings("NullAway")
        ChronicleMap<String, String> map() {
            return map;
        }

        @TearDown
        public void close() {
            map().close();
            scratch.close();
        }
    }

    /** The peer that doesn't, with what copying in and out costs at least. */
    @State(Scope.Benchmark)
    public static class Heap {

        final ConcurrentMap<String, byte[]> map = new ConcurrentHashMap<>();

        @Setup
        public void fill(Keys given) {
            for (String key : given.all) {
                map.put(key, VALUE.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Benchmark
    public @Nullable String get(Shared shared, Keys keys) {
        return shared.strings().get(keys.next());
    }

    @Benchmark
    public @Nullable String put(Shared shared, Keys keys) {
        return shared.strings().put(keys.next(), VALUE);
    }

    @Benchmark
    public boolean read(Shared shared, Keys keys) {
        return shared.bytes().read(shared.keys[keys.nextNumber()], shared.buffer.clear());
    }

    @Benchmark
    public @Nullable String putAlmostFull(Full full, Keys keys) {
        return full.refusing.put(keys.all[keys.nextNumber() % Math.min(full.held, keys.entries)], VALUE);
    }

    @Benchmark
    public @Nullable String putEvicting(Full full) {
        return full.evicting.put("key-" + full.number++, VALUE);
    }

    @Benchmark
    public @Nullable String chronicleGet(Chronicle chronicle, Keys keys) {
        return chronicle.map().get(keys.next());
    }

    @Benchmark
    public @Nullable String chroniclePut(Chronicle chronicle, Keys keys) {
        return chronicle.map().put(keys.next(), VALUE);
    }

    /** The key copied as UTF-8, found, and the value copied from it. */
    @Benchmark
    @SuppressWarnings("NullAway")
    public String heapGet(Heap heap, Keys keys) {
        byte[] key = keys.next().getBytes(StandardCharsets.UTF_8);
        return new String(heap.map.get(new String(key, StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }
}
