package io.sharedstate.autoconfigure.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.sharedstate.AccessRefusedException;
import io.sharedstate.CapacityExceededException;
import io.sharedstate.FormatException;
import io.sharedstate.NamespaceException;
import io.sharedstate.NoSpaceException;
import io.sharedstate.SharedStateException;
import io.sharedstate.TooManyMembersException;
import io.sharedstate.UnsupportedFileSystemException;
import io.sharedstate.redis.ServerUnavailableException;
import io.sharedstate.redis.UnsupportedServerException;
import java.io.IOException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.mock.env.MockEnvironment;

class FailureAnalyzersTests {

    @ParameterizedTest
    @MethodSource("failures")
    void saysWhatHappenedAndWhatToDo(SharedStateException failure, String[] wayOut) {
        FailureAnalysis analysis = Analyses.of(new BeanCreationException("sharedState", failure));
        assertThat(analysis.getDescription()).isEqualTo(failure.getMessage());
        assertThat(analysis.getAction()).contains(wayOut);
        assertThat(analysis.getCause()).isSameAs(failure);
    }

    @ParameterizedTest
    @MethodSource("failuresOnRedis")
    void saysWhatToDoOnRedis(SharedStateException failure, String[] wayOut) {
        MockEnvironment onRedis = new MockEnvironment().withProperty("sharedstate.engine", "redis");
        FailureAnalysis analysis = Analyses.of(new BeanCreationException("sharedState", failure), onRedis);
        assertThat(analysis.getDescription()).isEqualTo(failure.getMessage());
        assertThat(analysis.getAction()).contains(wayOut).doesNotContain("mapped", "directory");
    }

    static Stream<Arguments> failuresOnRedis() {
        return Stream.of(
                failure(new ServerUnavailableException("1 is not there", new IOException()), "spring.data.redis.host"),
                failure(
                        new ServerUnavailableException("1 is not trusted", new IOException(new SSLException("no"))),
                        "spring.data.redis.ssl.bundle",
                        "trust store"),
                failure(new UnsupportedServerException("2 is too old"), "Redis 7.0", "Valkey"),
                failure(new AccessRefusedException("3 is wrong"), "spring.data.redis.password", "primary"),
                failure(new FormatException("4 is foreign"), "sharedstate.name", "sharedstate.values.<name>.type"),
                failure(new NoSpaceException("5 needed"), "maxmemory"),
                failure(new TooManyMembersException("6 of 6"), "sharedstate.name"));
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                failure(new NoSpaceException("1 needed"), "sharedstate.mapped.directory", "--shm-size"),
                failure(new AccessRefusedException("2 owns it"), "sharedstate.mapped.directory", "symbolic link"),
                failure(
                        new UnsupportedFileSystemException("3 is nfs"),
                        "tmpfs",
                        "ext4",
                        "xfs",
                        "sharedstate.engine=heap"),
                failure(new FormatException("4 is foreign"), "sharedstate.name", "move the directory away"),
                failure(new TooManyMembersException("5 of 5"), "sharedstate.mapped.max-members"),
                failure(
                        new CapacityExceededException("6 of 6"),
                        "sharedstate.mapped.max-counters",
                        "sharedstate.mapped.max-locks"),
                failure(new NamespaceException("7 is elsewhere"), "time namespace", "sharedstate.name"));
    }

    private static Arguments failure(SharedStateException failure, String... wayOut) {
        return arguments(failure, wayOut);
    }
}
