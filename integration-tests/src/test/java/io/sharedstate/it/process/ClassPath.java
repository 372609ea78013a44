package io.sharedstate.it.process;

import io.sharedstate.SharedState;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.concurrent.AtomicBuffer;
import org.slf4j.LoggerFactory;

/** What forked JVMs are given: the engine, what it depends on, and these tests. No Spring and no logging, so they start in a blink. */
public final class ClassPath {

    private ClassPath() {}

    static List<Path> entries() {
        return entries(Stream.of(SharedState.class, AtomicBuffer.class, LoggerFactory.class, ClassPath.class));
    }

    private static List<Path> entries(Stream<Class<?>> types) {
        return types.map(ClassPath::origin).distinct().toList();
    }

    /** As an argument of the {@code java} command; also what these types come from. */
    public static String with(Class<?>... more) {
        return Stream.concat(entries().stream(), entries(Stream.of(more)).stream())
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path origin(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
