package io.sharedstate.autoconfigure.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.sharedstate.Member;
import io.sharedstate.Members;
import io.sharedstate.SharedState;
import io.sharedstate.Surroundings;
import io.sharedstate.doctor.ListeningSocket;
import io.sharedstate.doctor.ListeningSockets;
import io.sharedstate.doctor.SocketOwner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Members whose sockets and processes have by chance the numbers of a stranger's here. */
@EnabledOnOs(OS.LINUX)
class MembersElsewhereTests {

    private static final Surroundings HERE = Surroundings.own();
    private static final Surroundings OTHER_HOST = new Surroundings("another", HERE.network(), HERE.processes());
    private static final Surroundings OTHER_CONTAINER =
            new Surroundings(HERE.kernel(), HERE.network() + 1, HERE.processes() + 1);

    private final Members members = mock(Members.class);
    private final SharedState state = mock(SharedState.class);
    private final ListeningSockets sockets = Objects.requireNonNull(ListeningSockets.ofSystem());

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void hideNoStranger(boolean onOtherHost) throws Exception {
        try (ServerSocketChannel own = reusePort(0);
                StrangerProcess stranger =
                        StrangerProcess.on("127.0.0.1", own.socket().getLocalPort())) {
            int port = own.socket().getLocalPort();
            Listeners listeners = listeners(port, onOtherHost ? OTHER_HOST : OTHER_CONTAINER, stranger.pid());
            try (Strangers strangers = new Strangers(state, listeners)) {
                strangers.watch();
                await().until(() -> !strangers.problems().isEmpty());
                assertThat(strangers.problems()).singleElement().asString().contains("pid " + stranger.pid() + " ");
            }
        }
    }

    @Test
    void areKnownByTheSameNumbersHere() throws Exception {
        try (ServerSocketChannel own = reusePort(0);
                StrangerProcess other =
                        StrangerProcess.on("127.0.0.1", own.socket().getLocalPort())) {
            Listeners listeners = listeners(own.socket().getLocalPort(), HERE, other.pid());
            assertThat(listeners.unknown(true)).isEmpty();
        }
    }

    /** Of a process whose other member, somewhere, has announced all sockets that there are on the port. */
    private Listeners listeners(int port, Surroundings where, long pid) throws IOException {
        List<Long> inodes = sockets.on(Set.of(port), true).stream()
                .map(ListeningSocket::inode)
                .toList();
        assertThat(inodes).hasSize(2);
        List<Long> own =
                inodes.stream().filter(SocketOwner.ownSockets()::contains).toList();
        Member self = member(0, ProcessHandle.current().pid(), HERE, own);
        when(state.members()).thenReturn(members);
        when(members.self()).thenReturn(self);
        when(members.all()).thenReturn(List.of(self, member(1, pid, where, inodes)));
        Listeners listeners = new Listeners(state, sockets);
        listeners.announce(Set.of(port));
        return listeners;
    }

    private static Member member(int ordinal, long pid, Surroundings where, List<Long> listeners) {
        return new Member(ordinal, ordinal + 1, pid, Instant.EPOCH, where, null, listeners, null, Duration.ZERO);
    }

    private static ServerSocketChannel reusePort(int port) throws IOException {
        return ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                .bind(new InetSocketAddress("127.0.0.1", port));
    }
}
