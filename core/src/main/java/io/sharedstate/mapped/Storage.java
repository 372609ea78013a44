package io.sharedstate.mapped;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.agrona.concurrent.AtomicBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One member's access to a state directory: its files, and the kernel's word on who is alive. Thread-safe.
 *
 * <p>Paths are relative to the directory, with {@code /} before the file's name: {@code values/config.dat}.
 */
interface Storage {

    /**
     * Waits until this member is the only one that creates, removes or joins. Not reentrant.
     *
     * @throws io.sharedstate.SharedStateException if another one stays in for a minute
     */
    void lockCreation();

    void unlockCreation();

    /** Opens a published file; null if there is none. */
    @Nullable
    Segment open(String path);

    /**
     * Publishes a file of zeros that {@code initializer} has written to; the creation lock is held, and there is no such
     * file. Whole or not at all.
     */
    Segment create(String path, long length, Consumer<AtomicBuffer> initializer);

    /** Deletes a file; the creation lock is held. Who has opened it keeps it. */
    void delete(String path);

    /** Moves a file out of the way, under a name that is never looked for, and returns that; the creation lock is held. */
    String setAside(String path);

    /** The names of the published files in a directory, {@code ""} being the state directory itself; sorted. */
    List<String> list(String directory);

    /** Makes this member the one with this ordinal, as far as the kernel is concerned, if nobody is. */
    boolean claim(int ordinal);

    void release(int ordinal);

    /** Whether certainly nobody holds this ordinal; false also if that can't be told at this moment. */
    boolean isFree(int ordinal);

    /** What identifies the running kernel; 0 and 0 if nothing does. */
    long[] bootId();

    /**
     * Two things that identify the file whose kernel locks say who is alive, each of which a copy or a restored backup may
     * have other than the original; 0 and 0 if there is none.
     */
    long[] lockFile();

    /** What identifies the clocks that this process sees; 0 if nothing does. */
    long timeNamespace();

    String location();

    long size();

    /** What is wrong with the directory, and with those of these files that were not {@linkplain Segment#isRemoved removed}. */
    List<String> problems(Collection<Segment> opened);
}
