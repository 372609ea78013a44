package io.sharedstate.doctor;

import io.sharedstate.Member;
import io.sharedstate.Surroundings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Somebody who is no member and listens on a port of the members'.
 *
 * @param socket his
 * @param own that of a member
 * @param owners whose it is, as far as can be seen
 */
public record Stranger(ListeningSocket socket, ListeningSocket own, List<SocketOwner> owners) {

    /** Those there are here beside these members, who have all announced what they listen on. */
    static List<Finding> examine(List<Member> members) throws IOException {
        ListeningSockets sockets = ListeningSockets.ofSystem();
        return sockets == null ? List.of() : examine(members, sockets);
    }

    private static List<Finding> examine(List<Member> members, ListeningSockets sockets) throws IOException {
        Surroundings here = Surroundings.own();
        Set<Long> announced = members.stream()
                .filter(member -> member.surroundings().sharesNetworkWith(here))
                .flatMap(member -> member.listeners().stream())
                .collect(Collectors.toSet());
        Set<Long> pids = members.stream()
                .filter(member -> member.surroundings().sharesProcessesWith(here))
                .map(Member::pid)
                .collect(Collectors.toSet());
        List<ListeningSocket> listening = sockets.all();
        List<Finding> findings = new ArrayList<>();
        for (ListeningSocket socket : listening) {
            if (!announced.contains(socket.inode())) {
                listening.stream()
                        .filter(own -> announced.contains(own.inode()) && own.overlaps(socket))
                        .max(ListeningSocket.BY_PRECEDENCE)
                        .map(own -> new Stranger(socket, own, SocketOwner.of(socket.inode())))
                        .filter(stranger -> stranger.owners().stream().noneMatch(owner -> pids.contains(owner.pid())))
                        .ifPresent(stranger -> findings.add(stranger.finding("a member")));
            }
        }
        return findings;
    }

    /** @param member who listens on {@link #own()} */
    public Finding finding(String member) {
        int precedence = Integer.compare(socket.precedence(), own.precedence());
        String effect = precedence > 0
                ? "takes all " + socket.connections() + " from the members"
                : precedence == 0
                        ? "takes its share of the " + own.connections() + " from the members"
                        : "gets the " + own.connections() + " whenever no member listens";
        return new Finding(
                "A stranger, which is no member of this state, listens on %s as well as %s (uid %d, inode %d, %s), and %s"
                        .formatted(
                                socket,
                                own.toString().equals(socket.toString()) ? member : member + " on " + own,
                                socket.uid(),
                                socket.inode(),
                                owners.isEmpty()
                                        ? "a process that can't be seen from here"
                                        : owners.stream()
                                                .map(SocketOwner::toString)
                                                .collect(Collectors.joining(", ")),
                                effect),
                "nobody but members there",
                "if it is a process of this application, start it with the same sharedstate.name,"
                        + " sharedstate.mapped.directory and sharedstate.engine, so that it joins; if not, stop it, or give one of them"
                        + " another port");
    }
}
