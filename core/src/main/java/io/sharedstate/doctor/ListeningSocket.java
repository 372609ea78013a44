package io.sharedstate.doctor;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket, as a line of {@code /proc/net/tcp} or {@code tcp6} tells of it.
 *
 * @param ipv4 whether it is an IPv4 socket; an IPv6 socket may listen on an IPv4 address, and on all of both
 */
public record ListeningSocket(InetAddress address, boolean ipv4, int port, long uid, long inode) {

    private static final String LISTEN = "0A";

    static final Comparator<ListeningSocket> BY_PRECEDENCE = Comparator.comparingInt(ListeningSocket::precedence);

    /** The socket of a line; null if it isn't listening. */
    static @Nullable ListeningSocket parse(String line, boolean ipv4) {
        String[] fields = line.strip().split("\\s+", 11);
        if (!fields[3].equals(LISTEN)) {
            return null;
        }
        int colon = fields[1].indexOf(':');
        return new ListeningSocket(
                address(fields[1].substring(0, colon)),
                ipv4,
                Integer.parseInt(fields[1].substring(colon + 1), 16),
                Long.parseLong(fields[7]),
                Long.parseLong(fields[9]));
    }

    /** The kernel prints words of four bytes in the machine's byte order. An IPv4 address within IPv6 comes out as what it is. */
    private static InetAddress address(String hex) {
        ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2).order(ByteOrder.nativeOrder());
        for (int word = 0; word < hex.length(); word += 8) {
            bytes.putInt(HexFormat.fromHexDigits(hex, word, word + 8));
        }
        try {
            return InetAddress.getByAddress(bytes.array());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address: " + hex, e);
        }
    }

    /** Whether there are connections that could go to either. */
    public boolean overlaps(ListeningSocket other) {
        return port == other.port && (isWildcard() || other.isWildcard() || address.equals(other.address));
    }

    private boolean isWildcard() {
        return address.isAnyLocalAddress();
    }

    /**
     * Of two sockets that overlap, the kernel gives a connection to the one with the higher precedence, and spreads connections over those
     * with the same: an address of one's own before all addresses, then IPv4 before IPv6.
     */
    public int precedence() {
        return (isWildcard() ? 0 : 2) + (ipv4 ? 1 : 0);
    }

    /** Which connections it could be given, for a person to read. */
    String connections() {
        return !isWildcard() ? "connections to " + address.getHostAddress() : ipv4 ? "IPv4 connections" : "connections";
    }

    @Override
    public String toString() {
        String host = address.getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
