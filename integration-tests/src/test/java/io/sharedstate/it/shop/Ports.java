package io.sharedstate.it.shop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Ports for processes that are still to be started. */
public final class Ports {

    private static final int LOWEST = 20_000;

    /**
     * Where the kernel begins to give ports to clients. One of those may be lost before its server starts: to another's
     * connection, or to that of a client who asks for the server so often that it is given the very port that it asks on.
     */
    private static final int CLIENTS = 32_768;

    private Ports() {}

    /** The first of so many successive ports that nobody listens on. */
    public static int free(int count) {
        int first;
        do {
            first = ThreadLocalRandom.current().nextInt(LOWEST, CLIENTS - count);
        } while (!IntStream.range(first, first + count).allMatch(Ports::isFree));
        return first;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
