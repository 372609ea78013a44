package io.sharedstate.it.launcher;

import io.sharedstate.it.shop.Shop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A container in which systemd is process 1, with the units as they are, but for what else an operator has to set. */
final class Systemd implements Launcher {

    private static final String IMAGE = "local/systemd";

    static final String REQUIRED = "docker image inspect " + IMAGE;

    static final String OTHERWISE =
            "no Docker engine answers, or it has no image " + IMAGE + "; docker_images of .ci/docker.sh makes it";

    private static final Path UNITS = Path.of("/etc/systemd/system");

    /** What the container is reached by isn't its loopback device, and each request comes on a connection of its own. */
    private static final String INSTANCE_SETTINGS = """
            [Service]
            Environment=SERVER_ADDRESS=0.0.0.0 SERVER_TOMCAT_MAX_KEEP_ALIVE_REQUESTS=1 JDK_JAVA_OPTIONS=%s
            StandardOutput=append:/run/ticket-shop/log
            StandardError=inherit
            """.formatted(Shop.JVM_OPTIONS);

    private static final String SOCKET_SETTINGS = """
            [Socket]
            ListenStream=
            ListenStream=8080
            """;

    /** It needs the hierarchy of control groups for itself. */
    private static final String BOOT = """
            umount -R /sys/fs/cgroup
            ln -s $(command -v java) /usr/bin/java
            systemd-sysusers
            mkdir -p %1$s/ticket-shop@.service.d %1$s/ticket-shop.socket.d /run/ticket-shop
            echo '%2$s' >%1$s/ticket-shop@.service.d/settings.conf
            echo '%3$s' >%1$s/ticket-shop.socket.d/settings.conf
            exec /lib/systemd/systemd --unit=multi-user.target
            """.formatted(UNITS, INSTANCE_SETTINGS, SOCKET_SETTINGS);

    private final String container = "sharedstate-it-" + ProcessHandle.current().pid();
    private final Command commands = new Command(HOME, Map.of());
    private final boolean inherited;

    Systemd(boolean inherited) {
        this.inherited = inherited;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "docker",
                "run",
                "-d",
                "--name",
                container,
                "--label",
                "org.testcontainers=true",
                "-p",
                "127.0.0.1::8080"));
        command.addAll(List.of("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--cgroupns", "private"));
        command.addAll(List.of("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"));
        command.addAll(List.of("--env", "container=docker", "--tmpfs", "/run", "--tmpfs", "/tmp"));
        mount(command, "systemd/ticket-shop.sysusers", Path.of("/etc/sysusers.d/ticket-shop.conf"));
        mount(command, "systemd/ticket-shop.target", UNITS.resolve("ticket-shop.target"));
        mount(command, "systemd/ticket-shop@.service", UNITS.resolve("ticket-shop@.service"));
        mount(command, "target/sample-app.jar", Path.of("/opt/ticket-shop/sample-app.jar"));
        mount(command, "ready", Path.of("/opt/ticket-shop/ready"));
        if (inherited) {
            String settings = "ticket-shop@.service.d/inherited.conf";
            mount(command, "systemd/" + settings, UNITS.resolve(settings));
            mount(command, "systemd/ticket-shop.socket", UNITS.resolve("ticket-shop.socket"));
        }
        command.addAll(List.of(IMAGE, "bash", "-c", BOOT));
        commands.run(command.toArray(String[]::new));
        inside("until systemctl is-system-running; do sleep 0.1; done");
        inside("systemctl enable --now ticket-shop.target ticket-shop@{1,2,3}");
    }

    private static void mount(List<String> command, String file, Path target) {
        command.addAll(List.of("--volume", HOME.resolve(file) + ":" + target + ":ro"));
    }

    private String inside(String line) throws IOException, InterruptedException {
        return commands.run("docker", "exec", container, "bash", "-c", line);
    }

    @Override
    public Shop shop() throws IOException, InterruptedException {
        return new Shop("127.0.0.1", Command.port(commands.run("docker", "port", container, "8080/tcp")));
    }

    @Override
    public Set<String> processes() throws IOException, InterruptedException {
        return inside("systemctl show -P MainPID ticket-shop@{1,2,3}")
                .lines()
                .filter(Predicate.not(line -> line.isEmpty() || line.equals("0")))
                .collect(Collectors.toSet());
    }

    @Override
    public void kill(String process) throws IOException, InterruptedException {
        inside("kill -9 " + process);
    }

    @Override
    public void reload() throws IOException, InterruptedException {
        inside("for i in 1 2 3; do systemctl restart ticket-shop@$i || exit; done");
    }

    @Override
    public String log() throws IOException, InterruptedException {
        return inside("systemctl --no-pager status 'ticket-shop*'; cat /run/ticket-shop/log");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        commands.run("docker", "rm", "-f", container);
    }
}
