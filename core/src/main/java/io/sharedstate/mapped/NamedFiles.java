package io.sharedstate.mapped;

import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.mapped.layout.FileHeader;
import io.sharedstate.mapped.layout.FileHeader.Content;
import io.sharedstate.mapped.layout.FileType;
import io.sharedstate.mapped.layout.NamedLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of one kind of named state, one for each name. */
final class NamedFiles {

    private static final Logger LOG = LoggerFactory.getLogger(SharedState.class);

    private final Kind kind;
    private final FileType type;
    private final Segments segments;
    private final Storage storage;
    private final Membership members;

    /** @param kind one whose files are of the type of the same name */
    NamedFiles(Kind kind, Segments segments, Membership members) {
        this.kind = kind;
        this.type = FileType.valueOf(kind.name());
        this.segments = segments;
        this.storage = segments.storage();
        this.members = members;
    }

    Kind kind() {
        return kind;
    }

    FileType type() {
        return type;
    }

    Segment openOrCreate(long length, Content content) {
        return openOrCreate(length, content, buffer -> {});
    }

    Segment openOrCreate(long length, Content content, Consumer<AtomicBuffer> initializer) {
        Segment found = find(content.name());
        if (found == null) {
            members.requireOpen();
            storage.lockCreation();
            try {
                found = find(content.name());
                if (found == null) {
                    return segments.create(path(content.name()), length, content, initializer);
                }
            } finally {
                storage.unlockCreation();
            }
        }
        compare(content, FileHeader.content(found.buffer(), type));
        return found;
    }

    private void compare(Content wanted, Content found) {
        String what = kind.label() + " '" + wanted.name() + "'";
        if (!found.name().equals(wanted.name())) {
            throw new FormatException(what + ": its file is that of '" + found.name() + "'");
        }
        requireFormat(what + " holds", found.format(), wanted.format());
        requireFormat(what + " has keys of", found.keyFormat(), wanted.keyFormat());
        if (found.parameter0() != wanted.parameter0()) {
            LOG.warn(
                    "{} exists with {} {}, asked for with {}: what exists stands; to change it, remove it"
                            + " (SharedState.remove) and ask again, or use another name",
                    what,
                    kind == Kind.ADDER ? "cells:" : "bytes:",
                    found.parameter0(),
                    wanted.parameter0());
        }
    }

    private static void requireFormat(String what, String found, String wanted) {
        if (!found.equals(wanted)) {
            throw new FormatException(
                    what + " '" + found + "', asked for as '" + wanted
                            + "'; ask for it with the type or codec that it was created with, or remove it, or use another name");
        }
    }

    /** The file of a name; null if there is none. */
    @Nullable
    Segment find(String name) {
        return segments.open(path(name), type);
    }

    private String directory() {
        return kind.label() + "s";
    }

    private String path(String name) {
        return directory() + "/" + name + Segments.SUFFIX;
    }

    List<String> names() {
        return storage.list(directory()).stream()
                .map(file -> file.substring(0, file.length() - Segments.SUFFIX.length()))
                .filter(this::exists)
                .toList();
    }

    private boolean exists(String name) {
        try {
            return find(name) != null;
        } catch (FormatException e) {
            return true; // damaged, which who asks for it is told
        }
    }

    boolean remove(String name) {
        storage.lockCreation();
        try {
            Segment segment = find(name);
            if (segment == null) {
                return false;
            }
            segment.buffer().putLongRelease(NamedLayout.REMOVED_OFFSET, 1);
            segment.written(NamedLayout.REMOVED_OFFSET, Long.BYTES);
            storage.delete(path(name));
            return true;
        } finally {
            storage.unlockCreation();
        }
    }

    /** A check of each file, as a whole. */
    List<Check> checks(Consumer<Segment> invariants) {
        return checksOfParts(file -> List.of(new Check(file.path(), () -> invariants.accept(file))));
    }

    /** The checks of all files. */
    List<Check> checksOfParts(Function<Segment, List<Check>> parts) {
        List<Check> checks = new ArrayList<>();
        for (String file : storage.list(directory())) {
            String path = directory() + "/" + file;
            try {
                Segment segment = segments.open(path, type);
                if (segment != null) {
                    checks.addAll(parts.apply(segment));
                }
            } catch (FormatException e) {
                checks.add(new Check(path, () -> {
                    throw e;
                }));
            }
        }
        return checks;
    }

    void requireWhole(Segment segment, @Nullable String damage) {
        Segments.requireWhole(storage, segment, damage);
    }

    void requireSize(String name, int size, int most) {
        if (size < 1 || size > most) {
            throw new IllegalArgumentException(
                    kind.label() + " '" + name + "' of " + size + " bytes: expected 1 to " + most);
        }
    }
}
