package io.sharedstate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where a process runs. The number of a socket means the same only within one network namespace of one running kernel, and a process id only
 * within one PID namespace: members on several hosts, or in containers, may have the same ones by chance. Elsewhere than on Linux nothing of
 * this is known, and all processes seem to run in the same place.
 *
 * @param kernel identifies it while it runs (its boot id); empty if unknown
 * @param network inode of the network namespace; 0 if unknown
 * @param processes inode of the PID namespace; 0 if unknown
 */
public record Surroundings(String kernel, long network, long processes) {

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final Path NAMESPACES = Path.of("/proc/self/ns");

    /** Those of this process. */
    public static Surroundings own() {
        return new Surroundings(bootId(), namespace("net"), namespace("pid"));
    }

    private static String bootId() {
        try {
            return Files.readString(BOOT_ID).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Of {@code net:[4026531840]} the number. */
    private static long namespace(String type) {
        try {
            String link = Files.readSymbolicLink(NAMESPACES.resolve(type)).toString();
            return Long.parseLong(link.replaceAll("\\D", ""));
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    /** Whether numbers of sockets mean the same to both. */
    public boolean sharesNetworkWith(Surroundings other) {
        return kernel.equals(other.kernel) && network == other.network;
    }

    /** Whether process ids mean the same to both. */
    public boolean sharesProcessesWith(Surroundings other) {
        return kernel.equals(other.kernel) && processes == other.processes;
    }
}
