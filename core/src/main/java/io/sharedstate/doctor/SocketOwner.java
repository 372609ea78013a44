package io.sharedstate.doctor;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A process that has a socket open, as far as this process may see it: one of the same user, in the same PID namespace.
 *
 * @param command its name only; arguments may hold secrets
 */
public record SocketOwner(long pid, String command) {

    private static final Path PROCESSES = Path.of("/proc");
    private static final String SOCKET = "socket:[";

    /** Who has this socket open. */
    public static List<SocketOwner> of(long inode) {
        List<SocketOwner> owners = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[1-9]*")) {
            for (Path process : processes) {
                if (sockets(process).contains(inode)) {
                    owners.add(
                            new SocketOwner(Long.parseLong(process.getFileName().toString()), command(process)));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return owners; // what was seen before is true
        }
        return owners;
    }

    /** The inodes of the sockets that this process has open. */
    public static Set<Long> ownSockets() {
        return sockets(PROCESSES.resolve("self"));
    }

    private static Set<Long> sockets(Path process) {
        Set<Long> inodes = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                String target = target(descriptor);
                if (target.startsWith(SOCKET)) {
                    inodes.add(Long.parseLong(target.substring(SOCKET.length(), target.length() - 1)));
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            return inodes; // ended meanwhile, or another user's
        }
        return inodes;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    private static String command(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException e) {
            return "?";
        }
    }

    @Override
    public String toString() {
        return "pid " + pid + " (" + command + ")";
    }
}
