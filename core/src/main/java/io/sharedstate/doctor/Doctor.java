package io.sharedstate.doctor;

import io.sharedstate.Member;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All checks, each a class of its own. Nothing is changed by them. */
public final class Doctor {

    private static final Logger LOG = LoggerFactory.getLogger(Doctor.class);

    private interface Check {
        List<Finding> run() throws IOException;
    }

    private Doctor() {}

    /**
     * What is wrong with a state directory and its file system.
     *
     * @param need bytes that are known to be needed beside those that the state has already
     */
    public static List<Finding> directory(Path directory, long need) {
        return run(List.of(
                () -> FileSystemType.examine(directory),
                () -> Space.examine(directory, need),
                () -> Cleaner.examine(directory),
                () -> Permissions.examine(directory)));
    }

    /** What is wrong with the members of one state, and the ports that they listen on. */
    public static List<Finding> members(List<Member> members) {
        List<Check> checks =
                new ArrayList<>(List.of(() -> ApplicationVersions.examine(members), () -> Stranger.examine(members)));
        if (LostConnections.arePossible(members)) {
            checks.add(LostConnections::examine);
        }
        return run(checks);
    }

    /** Whether members run different versions of their application. */
    public static List<Finding> versions(List<Member> members) {
        return ApplicationVersions.examine(members);
    }

    /** What the kernel does with connections to a port that processes share by {@code SO_REUSEPORT}. */
    public static List<Finding> reusePort() {
        return run(List.of(LostConnections::examine));
    }

    private static List<Finding> run(List<Check> checks) {
        List<Finding> findings = new ArrayList<>();
        for (Check check : checks) {
            try {
                findings.addAll(check.run());
            } catch (IOException e) {
                findings.add(new Finding(
                        "something can't be looked at (" + e + ")",
                        "to be permitted to look at the state's directory and at /proc",
                        "look as the application's user"));
            }
        }
        return findings;
    }

    /** Logs each as a warning. */
    public static void warn(List<Finding> findings) {
        findings.forEach(finding -> LOG.warn("{}", finding));
    }
}
