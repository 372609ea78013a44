package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** One TCP connection with one request, sent as soon as the kernel has accepted the connection. */
final class RawConnection implements AutoCloseable {

    private final Socket socket = new Socket();

    RawConnection(int port, String path) throws IOException {
        this(port);
        send(path);
    }

    RawConnection(int port) throws IOException {
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
    }

    void send(String path) throws IOException {
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        .formatted(path)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** All that comes until the server closes the connection. */
    String answer() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    /** The answer to a new connection's request. */
    static String get(int port) throws IOException {
        try (RawConnection connection = new RawConnection(port)) {
            connection
                    .socket
                    .getOutputStream()
                    .write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return connection.answer();
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
