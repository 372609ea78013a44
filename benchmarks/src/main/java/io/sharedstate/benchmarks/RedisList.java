package io.sharedstate.benchmarks;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** A list of Redis over loopback, used as a queue by as little code as there can be: one command at a time, as a client library does it. */
final class RedisList implements AutoCloseable {

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    RedisList(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    void push(byte[] message, int times) throws IOException {
        command(2 + times, "LPUSH", "messages");
        for (int i = 0; i < times; i++) {
            out.write(("$" + message.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(message);
            out.write('\r');
            out.write('\n');
        }
        out.flush();
        line();
    }

    /** Returns how many messages there were, up to {@code most}; asks again while there are none. */
    int pop(int most) throws IOException {
        while (true) {
            command(3, "RPOP", "messages", "" + most);
            out.flush();
            int count = Integer.parseInt(line().substring(1));
            for (int i = 0; i < count; i++) {
                in.readNBytes(Integer.parseInt(line().substring(1)) + 2);
            }
            if (count > 0) {
                return count;
            }
            LockSupport.parkNanos(10_000);
        }
    }

    private void command(int words, String... first) throws IOException {
        StringBuilder text = new StringBuilder("*").append(words).append("\r\n");
        for (String word : first) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        out.write(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new IOException("Redis has closed the connection");
            }
            line.append((char) c);
        }
        in.read();
        if (line.charAt(0) == '-') {
            throw new IOException("Redis says " + line);
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
