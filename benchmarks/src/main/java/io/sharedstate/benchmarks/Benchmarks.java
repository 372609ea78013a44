package io.sharedstate.benchmarks;

import static io.sharedstate.benchmarks.RedisSpeed.Operation.COUNT;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.GET;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.INCREMENT;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.LOCK;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.LOCK_AND_UNLOCK;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.OFFER;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.OFFER_AND_RECEIVE;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.PUT;
import static io.sharedstate.benchmarks.RedisSpeed.Operation.PUT_WITH_TTL;
import static io.sharedstate.benchmarks.Row.format;
import static io.sharedstate.benchmarks.Worker.Target.BARE_VAR_HANDLE;
import static io.sharedstate.benchmarks.Worker.Target.SHARED_ADDER;
import static io.sharedstate.benchmarks.Worker.Target.SHARED_COUNTER;

import io.sharedstate.benchmarks.RedisSpeed.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.openjdk.jmh.runner.options.TimeValue;

/** Measures everything, or the parts that are named, and prints a table in Markdown. */
public final class Benchmarks {

    private static final int ROUNDS = 5;
    private static final TimeValue WARM_UP = TimeValue.milliseconds(100);
    /** What changes a map is compiled late: it is much code, and some of it is for once in a thousand times. */
    private static final TimeValue WARM_UP_OF_MAPS = TimeValue.milliseconds(500);

    private static final TimeValue MEASURED = TimeValue.milliseconds(40);

    private static final Map<String, Supplier<List<Row>>> PARTS = new LinkedHashMap<>();

    static {
        PARTS.put("counters", Benchmarks::counters);
        PARTS.put("locks", Benchmarks::locks);
        PARTS.put("values", Benchmarks::values);
        PARTS.put("rate-limiters", Benchmarks::rateLimiters);
        PARTS.put("maps", Benchmarks::maps);
        PARTS.put("map-sizes", Benchmarks::mapSizes);
        PARTS.put("map-readers", Benchmarks::mapReaders);
        PARTS.put("queues", Benchmarks::queues);
        PARTS.put("topics", Benchmarks::topics);
        PARTS.put("scheduling", Benchmarks::scheduling);
        PARTS.put("processes", Benchmarks::processes);
        PARTS.put("take-over", Benchmarks::takeOver);
        PARTS.put("idle", Benchmarks::idle);
        PARTS.put("scrape", Benchmarks::scrape);
        PARTS.put("boot", Benchmarks::boot);
        PARTS.put("redis", Benchmarks::redis);
    }

    private Benchmarks() {}

    /** @param args the parts to measure; all of them if there is none */
    public static void main(String[] args) throws IOException {
        List<String> wanted = args.length == 0 ? List.copyOf(PARTS.keySet()) : List.of(args);
        if (!PARTS.keySet().containsAll(wanted)) {
            throw new IllegalArgumentException("unknown part in " + wanted + "; there are " + PARTS.keySet());
        }
        System.out.println(machine() + "; load before: " + load());
        List<Row> rows = new ArrayList<>();
        PARTS.forEach((part, measurement) -> {
            if (wanted.contains(part)) {
                System.err.println("measuring " + part + " ...");
                rows.addAll(measurement.get());
            }
        });
        System.out.println("load after: " + load() + "\n\n" + Row.table(rows));
    }

    private static String machine() throws IOException {
        String cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 2))
                .findFirst()
                .orElse(System.getProperty("os.arch"));
        return "JDK " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + ", " + Runtime.getRuntime().availableProcessors() + " cores, "
                + cpu;
    }

    /** The averages of one, five and fifteen minutes: more than the cores, and the figures are worth little. */
    private static String load() throws IOException {
        String[] averages = Files.readString(Path.of("/proc/loadavg")).split(" ", 4);
        return String.join(" ", averages[0], averages[1], averages[2]);
    }

    private static String ns(double nanoseconds) {
        return format(nanoseconds < 100 ? "%.1f ns" : "%,.0f ns", nanoseconds);
    }

    private static List<Row> counters() {
        Jmh jmh = Jmh.run(
                ROUNDS, WARM_UP, MEASURED, CounterBenchmark.class, "atomicLong", "sharedCounter", "bareVarHandle");
        return List.of(
                compared(jmh, "`SharedCounter.incrementAndGet`", "sharedCounter", "`AtomicLong`", "atomicLong", 1.15),
                Row.of("the same by a bare `VarHandle`", ns(jmh.median("bareVarHandle")))
                        .beside(
                                "`AtomicLong`: " + ns(jmh.median("atomicLong")),
                                jmh.ratio("bareVarHandle", "atomicLong")));
    }

    private static List<Row> locks() {
        Jmh jmh = Jmh.run(ROUNDS, WARM_UP, MEASURED, LockBenchmark.class, "reentrantLock", "sharedLock", "fileLock");
        return List.of(
                compared(jmh, "`SharedLock`, lock and unlock", "sharedLock", "`ReentrantLock`", "reentrantLock", 4),
                Row.of("`FileChannel.lock` and release", ns(jmh.median("fileLock")))
                        .beside(
                                "`ReentrantLock`: " + ns(jmh.median("reentrantLock")),
                                jmh.ratio("fileLock", "reentrantLock")));
    }

    private static Row compared(Jmh jmh, String what, String method, String peer, String peerMethod, double most) {
        double ratio = jmh.ratio(method, peerMethod);
        return Row.of(what, ns(jmh.median(method)))
                .beside(peer + ": " + ns(jmh.median(peerMethod)), ratio)
                .atMost(most, " ×", ratio);
    }

    private static List<Row> values() {
        Jmh jmh = Jmh.run(
                ROUNDS, WARM_UP, MEASURED, ValueBenchmark.class, "getBytes", "getString", "getRecord", "setBytes");
        double bytes = jmh.median("getBytes");
        return List.of(
                Row.of("`SharedValue.get` of 100 bytes", ns(bytes)).atMost(150, " ns", bytes),
                Row.of("the same as a `String`", ns(jmh.median("getString"))),
                Row.of("the same as a record in JSON", ns(jmh.median("getRecord"))),
                Row.of("`SharedValue.set` of 100 bytes", ns(jmh.median("setBytes"))));
    }

    private static List<Row> rateLimiters() {
        Jmh jmh = Jmh.run(
                ROUNDS, WARM_UP, MEASURED, RateLimiterBenchmark.class, "nanoTime", "tryAcquire", "refused", "perKey");
        double granted = jmh.median("tryAcquire");
        return List.of(
                Row.of("`SharedRateLimiter.tryAcquire`, granted", ns(granted))
                        .beside("`System.nanoTime`: " + ns(jmh.median("nanoTime")), jmh.ratio("tryAcquire", "nanoTime"))
                        .atMost(30, " ns", granted),
                Row.of("the same, refused", ns(jmh.median("refused"))),
                Row.of("`SharedKeyedRateLimiter.tryAcquire`, one of 10,000 keys", ns(jmh.median("perKey")))
                        .beside("without a key: " + ns(granted), jmh.ratio("perKey", "tryAcquire")));
    }

    private static Jmh maps(int rounds, int entries, String... methods) {
        return Jmh.run(
                rounds,
                WARM_UP_OF_MAPS,
                MEASURED,
                options -> options.jvmArgsAppend(MapBenchmark.CHRONICLE_FLAGS).param("entries", "" + entries),
                MapBenchmark.class,
                methods);
    }

    private static List<Row> maps() {
        Jmh jmh = maps(
                ROUNDS,
                100_000,
                "get",
                "chronicleGet",
                "heapGet",
                "put",
                "chroniclePut",
                "read",
                "putAlmostFull",
                "putEvicting");
        double get = jmh.ratio("chronicleGet", "get");
        double put = jmh.ratio("chroniclePut", "put");
        double heap = jmh.ratio("get", "heapGet");
        double allocated = Jmh.allocated(
                MapBenchmark.class, "read", options -> options.jvmArgsAppend(MapBenchmark.CHRONICLE_FLAGS));
        return List.of(
                Row.of("`SharedMap.get`, 100,000 entries of 100 characters", ns(jmh.median("get")))
                        .beside("Chronicle Map: " + ns(jmh.median("chronicleGet")), get)
                        .atLeast(3, " × as fast", get),
                Row.of("the same", ns(jmh.median("get")))
                        .beside("`ConcurrentHashMap` and UTF-8 copies: " + ns(jmh.median("heapGet")), heap)
                        .atMost(1.5, " ×", heap),
                Row.of("`SharedMap.put`, replacing one of them", ns(jmh.median("put")))
                        .beside("Chronicle Map: " + ns(jmh.median("chroniclePut")), put)
                        .atLeast(2, " × as fast", put),
                Row.of("`SharedMap.read` of 100 bytes", ns(jmh.median("read"))),
                Row.of("bytes that it allocates", format("%.1f", allocated)).atMost(0, "", Math.rint(allocated)),
                Row.of("`put` into a map that is 95 % full", ns(jmh.median("putAlmostFull"))),
                Row.of("`put` into a full map, which evicts", ns(jmh.median("putEvicting"))));
    }

    private static List<Row> mapSizes() {
        List<Row> rows = new ArrayList<>();
        for (int entries : List.of(1_000, 1_000_000)) {
            Jmh sized = maps(2, entries, "get", "chronicleGet", "put", "chroniclePut");
            for (String ours : List.of("get", "put")) {
                String chronicle = ours.equals("get") ? "chronicleGet" : "chroniclePut";
                rows.add(Row.of(format("`SharedMap.%s` with %,d entries", ours, entries), ns(sized.median(ours)))
                        .beside("Chronicle Map: " + ns(sized.median(chronicle)), sized.ratio(chronicle, ours)));
            }
        }
        return rows;
    }

    private static List<Row> mapReaders() {
        TwoReaders.Rates rates = TwoReaders.measure(60, 50_000_000);
        double both = Statistics.medianRatio(rates.both(), rates.alone());
        return List.of(
                Row.of("two processes that `get` at once", millions(Statistics.median(rates.both())))
                        .beside("one alone: " + millions(Statistics.median(rates.alone())), both)
                        .atLeast(1.7, " ×", both),
                Row.of(
                        "rounds of that in which each had a core to itself",
                        rates.rounds() - rates.disturbed() + " of " + rates.rounds()));
    }

    private static List<Row> queues() {
        QueueSpeed speed = QueueSpeed.measure(ROUNDS, 1_000_000, 200, 10_000);
        double batches = Statistics.median(speed.batches());
        List<Row> rows = new ArrayList<>(List.of(Row.of("`SharedQueue.offer` of 100 bytes", ns(speed.offer()))
                .beside("`ArrayBlockingQueue` and a copy: " + ns(speed.heapOffer()), speed.offer() / speed.heapOffer())
                .atMost(150, " ns", speed.offer())));
        Row single = Row.of("from one process to another, one by one", thousands(Statistics.median(speed.single())));
        if (speed.redisSingle().isEmpty()) {
            rows.add(single);
        } else {
            double ratio = Statistics.medianRatio(speed.single(), speed.redisSingle());
            rows.add(single.beside("a Redis list: " + thousands(Statistics.median(speed.redisSingle())), ratio)
                    .atLeast(50, " × as fast", ratio));
            rows.add(Row.of("the same, 100 at once", thousands(batches))
                    .beside(
                            "a Redis list: " + thousands(Statistics.median(speed.redisBatches())),
                            Statistics.medianRatio(speed.batches(), speed.redisBatches())));
        }
        rows.add(Row.of("the same, 100 at once", thousands(batches)).atLeast(2_000, " thousand/s", batches / 1000));
        rows.add(Row.of("until a message reaches a consumer that waits, p99", format("%.2f ms", speed.p99()))
                .atMost(2, " ms", speed.p99()));
        rows.add(Row.of("the same, p50", format("%.2f ms", speed.p50())));
        rows.add(Row.of("CPU of a consumer that waits", format("%.2f %% of a core", speed.idle()))
                .atMost(2, " %", speed.idle()));
        return rows;
    }

    private static List<Row> topics() {
        TopicSpeed speed = TopicSpeed.measure(ROUNDS, 40);
        double ratio = Statistics.medianRatio(speed.topic(), speed.broadcast());
        return List.of(Row.of(
                        "`SharedTopic`, 100 bytes to a subscriber in another process",
                        thousands(Statistics.median(speed.topic())))
                .beside("Agrona's broadcast: " + thousands(Statistics.median(speed.broadcast())), ratio)
                .atLeast(0.5, " ×", ratio));
    }

    private static List<Row> scheduling() {
        Jmh jmh = Jmh.run(ROUNDS, WARM_UP_OF_MAPS, MEASURED, OncePerClusterBenchmark.class, "tick");
        double tick = jmh.median("tick");
        return List.of(Row.of("a tick of `@OncePerCluster` that is another process's", ns(tick))
                .atMost(1_000, " ns", tick));
    }

    private static String thousands(double perSecond) {
        return format("%,.0f thousand/s", perSecond / 1000);
    }

    private static List<Row> processes() {
        TwoProcesses.Rates rates = TwoProcesses.measure(4, 60, 50_000_000);
        double counter = rates.ratio(SHARED_COUNTER, BARE_VAR_HANDLE);
        double adder = rates.ratio(SHARED_ADDER, BARE_VAR_HANDLE);
        String bare = "bare `VarHandle`: " + millions(rates.median(BARE_VAR_HANDLE));
        return List.of(
                Row.of("two processes on one `SharedCounter`", millions(rates.median(SHARED_COUNTER)))
                        .beside(bare, counter)
                        .atLeast(0.9, " ×", counter),
                Row.of("two processes on one `SharedAdder`", millions(rates.median(SHARED_ADDER)))
                        .beside(bare, adder)
                        .atLeast(1.8, " ×", adder),
                Row.of(
                        "rounds of those two in which both processes had a core to themselves",
                        rates.rounds() - rates.disturbed() + " of " + rates.rounds()));
    }

    private static String millions(double perNanosecond) {
        double millions = perNanosecond * 1000;
        return format(millions < 10 ? "%.1f million/s" : "%.0f million/s", millions);
    }

    private static List<Row> takeOver() {
        TakeOver.Times times = TakeOver.measure(200);
        double p99 = Statistics.percentile(times.fromFree(), 0.99);
        return List.of(
                Row.of("take-over after the kernel frees a dead holder's lock, p99", format("%.2f ms", p99))
                        .atMost(10, " ms", p99),
                Row.of("the same, p50", format("%.2f ms", Statistics.median(times.fromFree()))),
                Row.of(
                        "take-over after the kill, p50 and p99",
                        format(
                                "%.1f ms, %.1f ms",
                                Statistics.median(times.fromKill()), Statistics.percentile(times.fromKill(), 0.99))));
    }

    private static List<Row> idle() {
        IdleCost cost = IdleCost.measure(5_000, 10_000);
        String jvm = format("a JVM that does nothing: %.2f %%", cost.jvm());
        return List.of(
                new Row("CPU of an idle member", format("%.2f %% of a core", cost.member()), jvm, "", "", ""),
                new Row(
                        "CPU of one that waits for a held lock",
                        format("%.2f %% of a core", cost.waiter()),
                        jvm,
                        "",
                        "",
                        ""));
    }

    private static List<Row> scrape() {
        ScrapeCost cost = ScrapeCost.measure(8, 1_000, 500, 30_000);
        return List.of(
                Row.of(
                                format(
                                        "an answer with the %,d series of 8 members, %,d bytes",
                                        cost.series(), cost.bytes()),
                                format("%.1f ms", cost.answerMs()))
                        .atMost(30, " ms", cost.answerMs()),
                Row.of("what each tells, once a second", format("%.2f %% of a core", cost.telling()))
                        .atMost(0.5, " %", cost.telling()),
                Row.of("what that takes in the state, of each", format("%,d bytes", cost.told() / 8)));
    }

    private static List<Row> boot() {
        BootStart starts = BootStart.measure(12);
        double added = starts.added();
        return List.of(Row.of("what the starter adds to a Boot start", format("%.0f ms", added))
                .beside(
                        format("start without: %,.0f ms", Statistics.median(starts.without())),
                        Statistics.medianRatio(starts.with(), starts.without()))
                .atMost(100, " ms", added));
    }

    private static List<Row> redis() {
        RedisSpeed speed = RedisSpeed.measure(60, 200).orElse(null);
        return speed == null
                ? List.of()
                : List.of(
                        besideLettuce(speed, INCREMENT, "`SharedCounter.incrementAndGet` on Redis", "`INCR`"),
                        besideRedisson(speed, INCREMENT, "the same", "`RAtomicLong`"),
                        besideLettuce(speed, COUNT, "`SharedCounter.get`", "`GET`"),
                        besideRedisson(speed, COUNT, "the same", "`RAtomicLong`"),
                        besideLettuce(speed, LOCK, "`SharedLock.lock`", "`SET NX PX`"),
                        besideRedisson(speed, LOCK_AND_UNLOCK, "lock and unlock", "`RLock`")
                                .atLeast(2, " × as fast", speed.lockPair()),
                        bareLockPair(speed),
                        besideLettuce(speed, GET, "`SharedMap.get`, 10,000 entries of 100 characters", "`GET`"),
                        besideRedisson(speed, GET, "the same", "`RMap`"),
                        besideLettuce(speed, PUT, "`put`, replacing one of them", "`SET GET`"),
                        besideRedisson(speed, PUT, "the same", "`RMap`"),
                        besideLettuce(speed, PUT_WITH_TTL, "`put` with a time to live", "`SET GET PX`"),
                        besideRedisson(speed, PUT_WITH_TTL, "the same", "`RMapCache`"),
                        besideLettuce(speed, OFFER, "`SharedQueue.offer` of 100 characters", "`XADD`"),
                        besideRedisson(speed, OFFER_AND_RECEIVE, "offered, received and done", "`RStream`"),
                        Row.of("threads that 1,000 held locks add", "" + speed.threads())
                                .beside("Redisson: " + speed.redissonThreads())
                                .atMost(0, "", speed.threads()));
    }

    private static Row besideLettuce(RedisSpeed speed, Operation operation, String what, String command) {
        List<Double> ours = speed.ours().of(operation);
        List<Double> bare = speed.lettuce().of(operation);
        double ratio = Statistics.medianRatio(ours, bare);
        Row row = Row.of(what, us(ours)).beside(command + " by Lettuce: " + us(bare), ratio);
        return operation == OFFER ? row : row.atMost(1.3, " ×", ratio);
    }

    /** What two round trips can be, whoever makes them. */
    private static Row bareLockPair(RedisSpeed speed) {
        List<Double> bare = speed.lettuce().of(LOCK_AND_UNLOCK);
        List<Double> redisson = speed.redisson().of(LOCK_AND_UNLOCK);
        return Row.of("`SET NX PX` and a script that deletes, by Lettuce", us(bare))
                .beside("Redisson's `RLock`: " + us(redisson), Statistics.medianRatio(redisson, bare));
    }

    private static Row besideRedisson(RedisSpeed speed, Operation operation, String what, String peer) {
        List<Double> ours = speed.ours().of(operation);
        List<Double> redisson = speed.redisson().of(operation);
        return Row.of(what, us(ours))
                .beside("Redisson's " + peer + ": " + us(redisson), Statistics.medianRatio(redisson, ours));
    }

    private static String us(List<Double> nanoseconds) {
        return format("%.1f µs", Statistics.median(nanoseconds) / 1000);
    }
}
