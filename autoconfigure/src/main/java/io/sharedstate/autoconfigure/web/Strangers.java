package io.sharedstate.autoconfigure.web;

import io.sharedstate.SharedState;
import io.sharedstate.Surroundings;
import io.sharedstate.doctor.ListeningSocket;
import io.sharedstate.doctor.SocketOwner;
import io.sharedstate.doctor.Stranger;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Watches who listens on the ports that this process shares with the other members, and warns of each socket that is no member's: it takes
 * connections away from them, and nothing else tells. Linux only.
 */
public final class Strangers implements AutoCloseable {

    private static final Log log = LogFactory.getLog(Strangers.class);

    /** A member that starts listens a little before it can announce on what: it has this long. */
    private static final int CONFIRM_SECONDS = 1;

    private static final int LOOK_SECONDS = 3;

    private final SharedState state;
    private final Listeners listeners;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sharedstate-strangers");
        thread.setDaemon(true);
        return thread;
    });

    private boolean watching;
    private int seconds;
    private boolean failed;

    /** Seen by the last look for the first time. */
    private Set<Long> suspects = Set.of();

    /** Sockets of members that haven't announced them. */
    private final Set<Long> membersOwn = new HashSet<>();

    private volatile Map<Long, Stranger> strangers = Map.of();

    Strangers(SharedState state, Listeners listeners) {
        this.state = state;
        this.listeners = listeners;
    }

    /** Those there are now: for each, a sentence with what it does and what to do. */
    public List<String> problems() {
        return strangers.values().stream().map(Strangers::problem).sorted().toList();
    }

    private static String problem(Stranger stranger) {
        return stranger.finding("this process").toString();
    }

    synchronized void watch() {
        if (!watching) {
            watching = true;
            var unused =
                    thread.scheduleWithFixedDelay(this::tryLook, CONFIRM_SECONDS, CONFIRM_SECONDS, TimeUnit.SECONDS);
        }
    }

    // What is thrown would end the watch.
    private void tryLook() {
        seconds += CONFIRM_SECONDS;
        if (suspects.isEmpty() && seconds < LOOK_SECONDS) {
            return;
        }
        seconds = 0;
        try {
            look();
            failed = false;
        } catch (IOException | RuntimeException e) {
            if (!failed && !thread.isShutdown()) {
                failed = true;
                log.warn("Nobody watches for strangers on the shared port at the moment; trying again", e);
            }
        }
    }

    private void look() throws IOException {
        Map<Long, ListeningSocket> unknown = listeners.unknown(!suspects.isEmpty()).stream()
                .collect(Collectors.toMap(ListeningSocket::inode, Function.identity(), (one, same) -> one));
        Map<Long, Stranger> known = new HashMap<>(strangers);
        known.values().removeIf(stranger -> isGone(stranger, unknown.keySet()));
        membersOwn.retainAll(unknown.keySet());

        Set<Long> next = new HashSet<>();
        for (ListeningSocket socket : unknown.values()) {
            long inode = socket.inode();
            if (known.containsKey(inode) || membersOwn.contains(inode)) {
                continue;
            }
            if (!suspects.contains(inode)) {
                next.add(inode);
                continue;
            }
            List<SocketOwner> owners = SocketOwner.of(inode);
            if (owners.stream().anyMatch(this::isMember)) {
                membersOwn.add(inode);
            } else {
                Stranger stranger = new Stranger(socket, listeners.ownBeside(socket), owners);
                known.put(inode, stranger);
                log.warn(problem(stranger));
            }
        }
        suspects = next;
        strangers = Map.copyOf(known);
    }

    private static boolean isGone(Stranger stranger, Set<Long> unknown) {
        boolean gone = !unknown.contains(stranger.socket().inode());
        if (gone) {
            log.info("The stranger that listened on %s (inode %d) is gone, or has joined"
                    .formatted(stranger.socket(), stranger.socket().inode()));
        }
        return gone;
    }

    private boolean isMember(SocketOwner owner) {
        Surroundings here = state.members().self().surroundings();
        return state.members().all().stream()
                .filter(member -> member.surroundings().sharesProcessesWith(here))
                .anyMatch(member -> member.pid() == owner.pid());
    }

    /** Ends the watch. The thread isn't interrupted: that would close a channel it may be reading from. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
