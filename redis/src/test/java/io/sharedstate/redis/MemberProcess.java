package io.sharedstate.redis;

import io.sharedstate.Lease;
import io.sharedstate.SharedState;
import io.sharedstate.SharedStateEvent.MembershipLost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** A JVM of its own that is a member and has a lock. It is told what to do in lines, and answers each with one. */
final class MemberProcess implements AutoCloseable {

    private static final String ANSWER = "> ";

    private final Process process;
    private final Writer in;
    private final BufferedReader out;

    private MemberProcess(Process process) {
        this.process = process;
        this.in = process.outputWriter(StandardCharsets.UTF_8);
        this.out = process.inputReader(StandardCharsets.UTF_8);
    }

    static MemberProcess start(RedisServer server, String namespace, Duration ttl) {
        try {
            return new MemberProcess(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            MemberProcess.class.getName(),
                            "" + server.port(),
                            namespace,
                            ttl.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String ask(String line) {
        try {
            in.write(line + "\n");
            in.flush();
            String answer = out.readLine();
            while (answer != null && !answer.startsWith(ANSWER)) { // but a line of its log
                answer = out.readLine();
            }
            return answer == null ? "ended" : answer.substring(ANSWER.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void stop() {
        Signals.send("STOP", process);
    }

    void goOn() {
        Signals.send("CONT", process);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] arguments) throws Exception {
        LettuceConnectionFactory connections = RedisServer.connections(Integer.parseInt(arguments[0]), "");
        SharedState state = RedisEngine.on(connections)
                .namespace(arguments[1])
                .memberTtl(Duration.parse(arguments[2]))
                .open();
        CountDownLatch lost = new CountDownLatch(1);
        state.addListener(event -> {
            if (event instanceof MembershipLost) {
                lost.countDown();
            }
        });
        Lease lease = state.lock("orders").acquire();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println(ANSWER + answer(line, state, lease, lost));
        }
    }

    private static String answer(String line, SharedState state, Lease lease, CountDownLatch lost) {
        try {
            switch (line) {
                case "token":
                    return "" + lease.fencingToken();
                case "unlock":
                    lease.close();
                    return "unlocked";
                case "await lost membership":
                    lost.await();
                    return "lost";
                case "incarnation":
                    return "" + state.members().self().incarnation();
                default:
                    throw new IllegalArgumentException(line);
            }
        } catch (Exception e) {
            return e.getClass().getSimpleName();
        }
    }
}
