package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import io.sharedstate.Surroundings;
import io.sharedstate.doctor.ListeningSocket;
import io.sharedstate.doctor.ListeningSockets;
import io.sharedstate.doctor.SocketOwner;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sockets that this process's server listens on, which it announces to the other members, and what else listens on its ports. */
final class Listeners {

    private final SharedState state;
    private final @Nullable ListeningSockets sockets;
    private Set<Integer> ports = Set.of();

    /** As they were when they were last seen. */
    private List<ListeningSocket> own = List.of();

    private Set<Long> announced = Set.of();

    /** Finding out costs a system call for each file that this process has open. */
    private Set<Long> notOwn = Set.of();

    /** @param sockets null: nothing is known, and nothing announced */
    Listeners(SharedState state, @Nullable ListeningSockets sockets) {
        this.state = state;
        this.sockets = sockets;
    }

    /** Announces those on {@code ports}, which are the ports in question from now on. */
    synchronized void announce(Set<Integer> ports) throws IOException {
        this.ports = Set.copyOf(ports);
        if (sockets != null) {
            announce(sockets.on(this.ports, true));
        }
    }

    private void announce(List<ListeningSocket> listening) {
        Set<Long> open = SocketOwner.ownSockets();
        List<ListeningSocket> found = listening.stream()
                .filter(socket -> open.contains(socket.inode()))
                .toList();
        if (!found.isEmpty() && !found.equals(own)) {
            state.members()
                    .announceListeners(
                            found.stream().map(ListeningSocket::inode).limit(16).toList());
            own = found;
        }
    }

    /**
     * Those that no live member has announced, and that could get connections that are meant for this process. One of its own, opened since, is
     * announced instead.
     *
     * @param exactly see {@link ListeningSockets#on}
     */
    synchronized List<ListeningSocket> unknown(boolean exactly) throws IOException {
        if (sockets == null) {
            return List.of();
        }
        Set<Long> before = announced;
        announced = announced();
        List<ListeningSocket> listening = sockets.on(ports, exactly || !announced.equals(before));
        if (listening.stream().anyMatch(socket -> isNew(socket.inode()))) {
            announce(listening);
            announced = announced();
        }
        List<ListeningSocket> unknown = listening.stream()
                .filter(socket -> !announced.contains(socket.inode()))
                .toList();
        notOwn = unknown.stream().map(ListeningSocket::inode).collect(Collectors.toSet());
        return unknown.stream()
                .filter(socket -> own.stream().anyMatch(socket::overlaps))
                .toList();
    }

    private boolean isNew(long inode) {
        return !announced.contains(inode) && !notOwn.contains(inode);
    }

    /** A member on another host, or in another network, may have the inode of a stranger's socket here. */
    private Set<Long> announced() {
        Surroundings here = state.members().self().surroundings();
        return state.members().all().stream()
                .filter(member -> member.surroundings().sharesNetworkWith(here))
                .flatMap(member -> member.listeners().stream())
                .collect(Collectors.toSet());
    }

    /** Who may be meant by {@code socket}'s connections: of this process's own, that with the highest precedence. */
    synchronized ListeningSocket ownBeside(ListeningSocket socket) {
        return own.stream()
                .filter(socket::overlaps)
                .reduce((one, other) -> one.precedence() >= other.precedence() ? one : other)
                .orElseThrow();
    }
}
