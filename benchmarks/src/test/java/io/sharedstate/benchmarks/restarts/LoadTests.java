package io.sharedstate.benchmarks.restarts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoadTests {

    private static final int EACH = 20;

    /** Request n is answered if n % 4 is 0, then refused by an answer, then not answered, then cut off. */
    @Test
    void everyRequestThatIsNotAnsweredWellIsCounted() throws Exception {
        CountDownLatch served = new CountDownLatch(4 * EACH);
        try (ServerSocket server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> serve(server, served));
            thread.start();
            Load load = new Load(server.getLocalPort(), 1_000, "GET");
            try (load) {
                served.await();
                assertThat(load.requests()).isGreaterThanOrEqualTo(4 * EACH);
                server.close();
            }
            thread.join();
            assertThat(load.failures())
                    .containsEntry("GET: HTTP/1.1 503 Busy", EACH)
                    .containsKeys("GET: no answer", "GET: Connection reset while waiting")
                    .doesNotContainKey("GET: HTTP/1.1 200 OK");
            int failed = load.failures().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            assertThat(load.requests() - failed).isEqualTo(EACH);
        }
    }

    private static void serve(ServerSocket server, CountDownLatch served) {
        try {
            for (int i = 0; i < 4 * EACH; i++) {
                try (Socket socket = server.accept()) {
                    int kind = i % 4;
                    if (kind < 3) {
                        while (socket.getInputStream().read() != '\n'
                                || socket.getInputStream().available() > 0) {
                            // to the end of the request
                        }
                    }
                    switch (kind) {
                        case 0 -> write(socket, "HTTP/1.1 200 OK\r\n\r\nanswered by 1\n");
                        case 1 -> write(socket, "HTTP/1.1 503 Busy\r\n\r\n");
                        case 2 -> {}
                        default -> socket.setSoLinger(true, 0);
                    }
                }
                served.countDown();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(Socket socket, String answer) throws IOException {
        socket.getOutputStream().write(answer.getBytes());
    }
}
