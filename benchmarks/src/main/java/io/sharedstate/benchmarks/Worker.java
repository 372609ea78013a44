package io.sharedstate.benchmarks;

import io.sharedstate.SharedAdder;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedLock;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** The main class of a {@link Child} that is a member of a state. */
final class Worker {

    /** What two processes add to at once; each has a loop of its own, so that the JVM optimizes each for itself. */
    enum Target {
        BARE_VAR_HANDLE,
        SHARED_COUNTER,
        SHARED_ADDER
    }

    private static final int BATCH = 1000;
    private static final String[] READ_KEYS =
            IntStream.range(0, 100_000).mapToObj(i -> "key-" + i).toArray(String[]::new);

    private final SharedState state;
    private final SharedCounter counter;
    private final SharedAdder adder;
    private final SharedLock lock;
    private final ByteBuffer page;
    private long random = ProcessHandle.current().pid();

    private Worker(Path directory) {
        state = MappedEngine.at(directory.resolve("state")).open();
        counter = state.counter("hits");
        adder = state.adder("hits");
        lock = state.lock("orders");
        page = Scratch.page(directory.resolve("page"));
    }

    /** Answers {@code ready} at once, {@code join} as a member, and then everything else. */
    public static void main(String[] args) throws IOException {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Worker worker = null;
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("join")) {
                worker = new Worker(Path.of(words[1]));
            }
            System.out.println(worker == null ? "0" : worker.answer(words));
        }
    }

    private String answer(String[] request) {
        return switch (request[0]) {
            case "join" -> "" + state.members().self().ordinal();
            case "lock" -> {
                lock.lock();
                yield "" + System.nanoTime();
            }
            case "unlock" -> {
                lock.unlock();
                yield "0";
            }
            case "waiters" -> "" + lock.status().waiters();
            case "fill" -> {
                for (int i = 0; i < READ_KEYS.length; i++) {
                    map().put(READ_KEYS[i], "x".repeat(100));
                }
                yield "0";
            }
            case "get" -> timed(this::getFromMap, Long.parseLong(request[1]), Long.parseLong(request[2]));
            case "add" -> add(Target.valueOf(request[1]), Long.parseLong(request[2]), Long.parseLong(request[3]));
            default -> throw new IllegalArgumentException("unknown request " + request[0]);
        };
    }

    private SharedMap<String, String> map() {
        return state.map("strings", String.class, String.class, MapBenchmark.optionsFor(READ_KEYS.length));
    }

    /**
     * Adds from {@code start} on for {@code duration}, in nanoseconds by the clock that all processes of a machine have. Answers how
     * many additions, in how long, with how much CPU, and what the last one returned.
     */
    private String add(Target target, long start, long duration) {
        LongSupplier batch = switch (target) {
            case BARE_VAR_HANDLE -> this::addToPage;
            case SHARED_COUNTER -> this::addToCounter;
            case SHARED_ADDER -> this::addToAdder;
        };
        return timed(batch, start, duration);
    }

    private static String timed(LongSupplier batch, long start, long duration) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        while (System.nanoTime() - start < 0) {
            Thread.onSpinWait();
        }
        long cpu = threads.getCurrentThreadCpuTime();
        long begin = System.nanoTime();
        long end = begin;
        long batches = 0;
        long last = 0;
        for (; end - start < duration; end = System.nanoTime()) {
            last = batch.getAsLong();
            batches++;
        }
        return batches * BATCH + " " + (end - begin) + " " + (threads.getCurrentThreadCpuTime() - cpu) + " " + last;
    }

    private long getFromMap() {
        SharedMap<String, String> map = map();
        long found = 0;
        for (int i = 0; i < BATCH; i++) {
            random = random * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
            found += map.get(READ_KEYS[(int) ((random >>> 33) % READ_KEYS.length)]) != null ? 1 : 0;
        }
        return found;
    }

    private long addToPage() {
        long last = 0;
        for (int i = 0; i < BATCH; i++) {
            last = (long) CounterBenchmark.LONG.getAndAdd(page, 0, 1L);
        }
        return last;
    }

    private long addToCounter() {
        long last = 0;
        for (int i = 0; i < BATCH; i++) {
            last = counter.getAndIncrement();
        }
        return last;
    }

    private long addToAdder() {
        for (int i = 0; i < BATCH; i++) {
            adder.increment();
        }
        return BATCH;
    }
}
