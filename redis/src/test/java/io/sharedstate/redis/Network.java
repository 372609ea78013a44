package io.sharedstate.redis;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** The way to a server, which can be cut, lose answers, or keep everything back for a while. */
final class Network implements Closeable {

    private final ServerSocket listening;
    private volatile int to;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Object passing = new Object();
    private volatile boolean cut;
    private volatile boolean held;
    private volatile boolean losingAnswers;
    private volatile UnaryOperator<String> answers = UnaryOperator.identity();

    /** @param to the port */
    Network(int to) {
        this.to = to;
        try {
            this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "network");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                if (cut) {
                    client.close();
                    continue;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), to);
                open.add(client);
                open.add(server);
                start(() -> pass(client, server, false));
                start(() -> pass(server, client, true));
            } catch (IOException e) {
                // the next one
            }
        }
    }

    private void pass(Socket from, Socket to, boolean answer) {
        byte[] buffer = new byte[1 << 16];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitPassing();
                if (answer && losingAnswers) {
                    continue;
                }
                String passed = new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
                out.write((answer ? answers.apply(passed) : passed).getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException | InterruptedException e) {
            // it is cut
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private void awaitPassing() throws InterruptedException {
        synchronized (passing) {
            while (held) {
                passing.wait();
            }
        }
    }

    /** Ends all connections, and lets none be made. */
    void cut() {
        cut = true;
        open.forEach(socket -> {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** From now on to another one. */
    void leadTo(int port) {
        cut();
        to = port;
        heal();
    }

    /** Keeps back all that is sent; connections stay. */
    void hold() {
        held = true;
    }

    /** Lets requests through, and no answers. */
    void loseAnswers() {
        losingAnswers = true;
    }

    /** Changes what the server says. */
    void changeAnswers(UnaryOperator<String> change) {
        answers = change;
    }

    void heal() {
        synchronized (passing) {
            cut = false;
            losingAnswers = false;
            held = false;
            passing.notifyAll();
        }
    }

    @Override
    public void close() {
        heal();
        cut();
        try {
            listening.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
