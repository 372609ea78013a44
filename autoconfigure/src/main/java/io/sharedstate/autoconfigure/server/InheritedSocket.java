package io.sharedstate.autoconfigure.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The listening socket that the launcher opened and gave to each of its processes as standard input.
 *
 * <p>It isn't closed while the JVM lives. Closing {@link System#inheritedChannel()} would send standard output and standard error to
 * {@code /dev/null}, and there is no second one for the next context.
 */
final class InheritedSocket {

    private static final AtomicBoolean taken = new AtomicBoolean();

    private InheritedSocket() {}

    /**
     * The socket, not blocking, for one server at a time.
     *
     * @throws PortSharingException if there is none, or if it is taken
     */
    static ServerSocketChannel take() throws IOException {
        ServerSocketChannel socket = find();
        if (!taken.compareAndSet(false, true)) {
            throw new PortSharingException(
                    "Another web server of this process already listens on the inherited socket %s."
                            .formatted(socket.getLocalAddress()),
                    "Set 'sharedstate.server.port-sharing=none' for one of the two: a process inherits one socket.");
        }
        try {
            socket.configureBlocking(true); // Else the next line would trust what this JVM set last.
            socket.configureBlocking(false);
            return socket;
        } catch (Throwable failure) {
            giveBack();
            throw failure;
        }
    }

    /** The server that took the socket has ceased to accept from it. */
    static void giveBack() {
        taken.set(false);
    }

    /** Gets a thread of this process, or of another one, out of {@code accept(2)}: it accepts a connection that is closed. */
    static void knock() throws IOException {
        InetSocketAddress address = (InetSocketAddress) find().getLocalAddress();
        InetAddress host =
                address.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address.getAddress();
        try (SocketChannel knock = SocketChannel.open()) {
            knock.configureBlocking(false);
            knock.connect(new InetSocketAddress(host, address.getPort()));
        }
    }

    /** @throws PortSharingException if this process didn't inherit a socket that it can listen on */
    static ServerSocketChannel find() {
        String found;
        try {
            Channel channel = System.inheritedChannel();
            if (channel instanceof ServerSocketChannel socket
                    && socket.isOpen()
                    && socket.getLocalAddress() instanceof InetSocketAddress address
                    && address.getPort() > 0) {
                return socket;
            }
            found = describe(channel);
        } catch (IOException e) {
            found = "unusable (" + e + ")";
        }
        throw new PortSharingException(
                "'sharedstate.server.port-sharing=inherited' needs a listening TCP socket as standard input (file descriptor 0), which is %s."
                        .formatted(found),
                "Let the launcher listen and give that socket to every process (systemd: 'Accept=no' in the socket unit; 'Sockets=' and"
                        + " 'StandardInput=socket' in the service unit), or set 'sharedstate.server.port-sharing=none'.");
    }

    private static String describe(@Nullable Channel channel) throws IOException {
        if (channel == null) {
            Path input = Path.of("/proc/self/fd/0");
            return Files.isSymbolicLink(input) ? "'" + Files.readSymbolicLink(input) + "'" : "no socket";
        }
        if (!channel.isOpen()) {
            return "closed";
        }
        if (channel instanceof SocketChannel connection) {
            return "a connection, from '%s'".formatted(connection.getRemoteAddress());
        }
        if (channel instanceof DatagramChannel) {
            return "a datagram socket";
        }
        SocketAddress address = ((ServerSocketChannel) channel).getLocalAddress();
        return address instanceof InetSocketAddress
                ? "a socket that isn't bound to a port"
                : "the UNIX domain socket '%s'".formatted(address);
    }
}
