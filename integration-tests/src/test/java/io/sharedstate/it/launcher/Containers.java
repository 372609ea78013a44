package io.sharedstate.it.launcher;

import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** The processes of some of Docker's containers. A container that is restarted keeps its id, and has another process. */
record Containers(Command commands, String filter) {

    Set<String> processes() throws IOException, InterruptedException {
        return commands.shell("docker ps -q %s | xargs -r docker inspect -f '{{.State.Pid}}'".formatted(filter))
                .lines()
                .collect(Collectors.toSet());
    }

    /** Not by 'docker kill', after which Docker doesn't start it again. */
    void kill(String process) throws IOException, InterruptedException {
        commands.run(
                "docker", "run", "--rm", "--pid=host", image("test.image.jre"), "bash", "-c", "kill -9 " + process);
    }

    static String image(String property) {
        return Objects.requireNonNull(
                System.getProperty(property), () -> "no system property " + property + "; run by Maven");
    }
}
