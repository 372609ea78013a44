package io.sharedstate.benchmarks;

import io.sharedstate.mapped.MappedEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory beside those that applications have by default, gone when it is closed. */
record Scratch(Path path) implements AutoCloseable {

    private static final int PAGE = 4096;

    static Scratch create() {
        try {
            Path parent = MappedEngine.defaultParent().getParent();
            return new Scratch(Files.createTempDirectory(parent, "sharedstate-benchmarks-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path state() {
        return path.resolve("state");
    }

    static FileChannel open(Path file) {
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A page of a file that processes share, with nothing around it. */
    static MappedByteBuffer page(Path file) {
        try (FileChannel channel = open(file)) {
            return channel.map(MapMode.READ_WRITE, 0, PAGE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    MappedByteBuffer page() {
        return page(path.resolve("page"));
    }

    @Override
    public void close() {
        try (Stream<Path> found = Files.walk(path)) {
            List<Path> deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.delete(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
