package io.sharedstate.autoconfigure.server;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

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

    /** @param headers each with the end of its line */
    void send(String path, String... headers) throws IOException {
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                        .formatted(path, String.join("", headers))
                        .getBytes(StandardCharsets.US_ASCII));
    }

    /** What comes until the given text. */
    String answerUntil(String end) throws IOException {
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        int read;
        while (answer.indexOf(end) < 0 && (read = in.read()) >= 0) {
            answer.append((char) read);
        }
        return answer.toString();
    }

    /** HTTP/2 without TLS: the preface, and a frame without settings. */
    void beginHttp2() throws IOException {
        socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0});
    }

    /** Keeps the connection busy with one request of HTTP/2 after the other until the server sends GOAWAY, with the given error. */
    int requestUntilGoAway() throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] get = HexFormat.of().parseHex("828684" + "4109" + "6c6f63616c686f7374"); // http, /, localhost
        for (int stream = 1; ; stream += 2) {
            ByteBuffer frames = ByteBuffer.allocate(9 + get.length + 13);
            frames.putInt(get.length << 8 | 1).put((byte) 5).putInt(stream).put(get);
            frames.putInt(4 << 8 | 8).put((byte) 0).putInt(0).putInt(2_000); // Room for more answers.
            socket.getOutputStream().write(frames.array());
            boolean answered = false;
            while (!answered) {
                int lengthAndType = in.readInt();
                int flags = in.readUnsignedByte();
                int type = lengthAndType & 0xFF;
                in.skipNBytes(4);
                if (type == 7) {
                    in.skipNBytes(4);
                    return in.readInt();
                }
                in.skipNBytes(lengthAndType >>> 8);
                answered = type <= 1 && (flags & 1) == 1;
            }
        }
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
