package io.sharedstate.doctor;

import io.sharedstate.Member;
import io.sharedstate.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;

/** Whether the kernel drops handshakes that are half done when one of the sockets with {@code SO_REUSEPORT} is closed. */
final class LostConnections {

    private static final Path SETTING = Path.of("/proc/sys/net/ipv4/tcp_migrate_req");

    private LostConnections() {}

    /** Whether some of these members listen on one port here, each on a socket of its own. */
    static boolean arePossible(List<Member> members) {
        Surroundings own = Surroundings.own();
        List<Member> here = members.stream()
                .filter(member -> member.surroundings().sharesNetworkWith(own))
                .toList();
        return here.stream().anyMatch(one -> here.stream().anyMatch(other -> sharePort(one, other)));
    }

    private static boolean sharePort(Member one, Member other) {
        return one.address() != null
                && other.address() != null
                && port(one.address()).equals(port(other.address()))
                && !one.listeners().isEmpty()
                && !other.listeners().isEmpty()
                && Collections.disjoint(one.listeners(), other.listeners());
    }

    private static String port(String address) {
        return address.substring(address.lastIndexOf(':') + 1);
    }

    /** Asked where a port is shared so. */
    static List<Finding> examine() throws IOException {
        return examine(SETTING);
    }

    static List<Finding> examine(Path setting) throws IOException {
        if (!Files.exists(setting) || !Files.readString(setting).strip().equals("0")) {
            return List.of(); // before Linux 5.14 there is none
        }
        return List.of(new Finding(
                "net.ipv4.tcp_migrate_req is 0: connections that are being opened, or wait to be accepted, are lost when one of the processes"
                        + " that share the port stops or is killed",
                "1",
                "sysctl -w net.ipv4.tcp_migrate_req=1, and in /etc/sysctl.d"));
    }
}
