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
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.FailureAnalysis;

class FailureAnalyzersTests {

    @ParameterizedTest
    @MethodSource("failures")
    void saysWhatHappenedAndWhatToDo(SharedStateException failure, String[] wayOut) {
        FailureAnalysis analysis = Analyses.of(new BeanCreationException("sharedState", failure));
        assertThat(analysis.getDescription()).isEqualTo(failure.getMessage());
        assertThat(analysis.getAction()).contains(wayOut);
        assertThat(analysis.getCause()).isSameAs(failure);
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
