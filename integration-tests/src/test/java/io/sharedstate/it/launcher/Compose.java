package io.sharedstate.it.launcher;

import io.sharedstate.it.shop.Shop;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** Docker Compose, with a project of its own. */
final class Compose implements Launcher {

    private static final String PROJECT =
            "sharedstate-it-" + ProcessHandle.current().pid();

    private final Command commands = new Command(
            HOME.resolve("docker"),
            Map.of(
                    "COMPOSE_PROJECT_NAME",
                    PROJECT,
                    "PORT",
                    "0",
                    "APP_IMAGE",
                    PROJECT,
                    "JRE_IMAGE",
                    Containers.image("test.image.jre"),
                    "NGINX_IMAGE",
                    Containers.image("test.image.nginx")));

    private final Containers containers = new Containers(
            commands,
            "--filter label=com.docker.compose.project=%s --filter label=com.docker.compose.service=app"
                    .formatted(PROJECT));

    private String compose(String arguments) throws IOException, InterruptedException {
        return commands.shell(
                "if docker compose version >/dev/null 2>&1; then docker compose %1$s; else docker-compose %1$s; fi"
                        .formatted(arguments));
    }

    @Override
    public void start() throws IOException, InterruptedException {
        compose("up -d --build");
    }

    @Override
    public Shop shop() throws IOException, InterruptedException {
        return new Shop("127.0.0.1", Command.port(compose("port proxy 8080")));
    }

    @Override
    public Set<String> processes() throws IOException, InterruptedException {
        return containers.processes();
    }

    @Override
    public void kill(String process) throws IOException, InterruptedException {
        containers.kill(process);
    }

    @Override
    public void reload() throws IOException, InterruptedException {
        commands.run("./reload");
    }

    @Override
    public String log() throws IOException, InterruptedException {
        return compose("logs --no-color");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        compose("down -v --rmi local -t 5");
        commands.shell("docker rmi " + PROJECT + " 2>&1 || true");
    }
}
