package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What a {@link Launcher} starts. */
final class InheritedProcess {

    static final String INHERITED = "sharedstate.server.port-sharing=inherited";

    private InheritedProcess() {}

    /** An {@link Instance}. Arguments: the server, the name, and properties. */
    static final class Serving {

        private Serving() {}

        public static void main(String[] args) {
            start(args[0], args[1], Arrays.copyOfRange(args, 2, args.length));
        }
    }

    private static Instance start(String server, String name, String... properties) {
        String[] all = Arrays.copyOf(properties, properties.length + 1);
        all[properties.length] = INHERITED;
        Instance instance = Instance.start(Server.valueOf(server), name, 1, all);
        System.out.println(name + " is on port " + instance.server().getPort());
        return instance;
    }

    /** One context after the other, with a restart each, and finally two at once. */
    static final class Restarting {

        private Restarting() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try (Instance before = start(args[0], "before")) {
                    before.context().stop();
                    before.context().start();
                }
            }
            Instance after = start(args[0], "after");
            try {
                start(args[0], "second");
            } catch (RuntimeException e) {
                System.out.println("second: " + rootCause(e));
            }
            System.out.println("restarted on " + after.server().getPort());
        }

        private static Throwable rootCause(Throwable failure) {
            @Nullable Throwable cause = failure.getCause();
            return cause == null ? failure : rootCause(cause);
        }
    }

    /** Says what it has for standard input. */
    static final class Finding {

        private Finding() {}

        public static void main(String[] args) {
            try {
                System.out.println("found " + InheritedSocket.find());
            } catch (PortSharingException e) {
                System.out.println(e.getMessage() + " " + e.action());
            }
        }
    }

    /** Sends its name to each connection. On SIGTERM it leaves, and goes on running. */
    static final class Accepting {

        private Accepting() {}

        public static void main(String[] args) throws Exception {
            InheritedListener listener = new InheritedListener();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(listener)));
            System.out.println("ready");
            for (SocketChannel connection = listener.accept(); connection != null; connection = listener.accept()) {
                if (listener.isOpen()) {
                    connection.write(ByteBuffer.wrap(args[0].getBytes(StandardCharsets.US_ASCII)));
                }
                connection.close();
            }
        }

        private static void leave(InheritedListener listener) {
            try {
                listener.leave(connection -> {});
                System.out.println("left");
                new CountDownLatch(1).await();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
