package io.sharedstate.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListeningSocketTests {

    // As a little-endian machine prints them.
    @ParameterizedTest
    @CsvSource({
        "true, 0100007F:1F90, 127.0.0.1:8080",
        "true, 00000000:0050, 0.0.0.0:80",
        "false, 00000000000000000000000000000000:FFFF, [0:0:0:0:0:0:0:0]:65535",
        "false, 0000000000000000FFFF00000100007F:1F90, 127.0.0.1:8080",
        "false, B80D0120000000000000000001000000:1F90, [2001:db8:0:0:0:0:0:1]:8080"
    })
    void readsAddressAndPort(boolean ipv4, String local, String expected) {
        String line = "   7: " + local
                + " 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 00000000fbb39355 100 0 0 10 0";
        ListeningSocket socket = Objects.requireNonNull(ListeningSocket.parse(line, ipv4));
        assertThat(socket).hasToString(expected);
        assertThat(socket.uid()).isEqualTo(1000);
        assertThat(socket.inode()).isEqualTo(4711);
    }

    @Test
    void aConnectionIsNoListener() {
        assertThat(ListeningSocket.parse(
                        "  3: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 812 1 0000 20 4 30 10 -1",
                        true))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "::, 0.0.0.0, 'IPv4 before all'",
        "::, 127.0.0.1, 'an address before all'",
        "0.0.0.0, 127.0.0.1, 'an address before all'",
        "0.0.0.0, ::1, 'an address before all'",
        "0.0.0.0, mapped 127.0.0.1, 'an address before all'",
        "mapped 127.0.0.1, 127.0.0.1, 'IPv4 before IPv6'"
    })
    void theMoreSpecificHasPrecedence(String one, String other) throws UnknownHostException {
        assertThat(socket(one, 80).overlaps(socket(other, 80))).isTrue();
        assertThat(socket(other, 80).overlaps(socket(one, 80))).isTrue();
        assertThat(socket(other, 80).precedence()).isGreaterThan(socket(one, 80).precedence());
    }

    @Test
    void thoseOnTheSameAddressShare() throws UnknownHostException {
        for (String address : new String[] {"::", "0.0.0.0", "127.0.0.1", "::1"}) {
            assertThat(socket(address, 80).overlaps(socket(address, 80))).isTrue();
            assertThat(socket(address, 80).precedence())
                    .isEqualTo(socket(address, 80).precedence());
        }
    }

    @Test
    void otherPortsAndAddressesAreInNobodysWay() throws UnknownHostException {
        assertThat(socket("::", 80).overlaps(socket("::", 81))).isFalse();
        assertThat(socket("127.0.0.1", 80).overlaps(socket("127.0.0.2", 80))).isFalse();
        assertThat(socket("127.0.0.1", 80).overlaps(socket("::1", 80))).isFalse();
    }

    private static ListeningSocket socket(String address, int port) throws UnknownHostException {
        String mapped = "mapped ";
        InetAddress parsed = InetAddress.getByName(address.replace(mapped, ""));
        return new ListeningSocket(parsed, !address.startsWith(mapped) && !address.contains(":"), port, 0, 1);
    }
}
