package io.sharedstate.it.launcher;

import io.sharedstate.it.shop.Ports;
import io.sharedstate.it.shop.Shop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.util.FileSystemUtils;

/** PM2 with a daemon of its own. */
final class Pm2 implements Launcher {

    /** The shared port, and after it one for each instance to be asked on. */
    private final int port = Ports.free(1 + 3);

    private final Path directory;
    private final Command commands;

    Pm2() {
        try {
            directory = Files.createTempDirectory("sharedstate-it-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        commands = new Command(
                directory,
                Map.of(
                        "PM2_HOME", directory.resolve("pm2").toString(),
                        "PORT", Integer.toString(port),
                        "MANAGEMENT_BASE_PORT", Integer.toString(port + 1),
                        "JAVA_HOME", System.getProperty("java.home"),
                        "SHAREDSTATE_MAPPED_DIRECTORY",
                                directory.resolve("state").toString(),
                        "JDK_JAVA_OPTIONS", Shop.JVM_OPTIONS + " -Djava.io.tmpdir=" + directory,
                        "SERVER_TOMCAT_MAX_KEEP_ALIVE_REQUESTS", "1"));
    }

    @Override
    public void start() throws IOException, InterruptedException {
        commands.run("pm2", "start", HOME.resolve("pm2/ecosystem.config.js").toString());
    }

    @Override
    public Shop shop() {
        return new Shop("127.0.0.1", port);
    }

    @Override
    public Set<String> processes() throws IOException, InterruptedException {
        return commands.run("pm2", "pid", "ticket-shop")
                .lines()
                .filter(Predicate.not("0"::equals))
                .collect(Collectors.toSet());
    }

    @Override
    public void kill(String process) {
        ProcessHandle.of(Long.parseLong(process)).orElseThrow().destroyForcibly();
    }

    @Override
    public void reload() throws IOException, InterruptedException {
        commands.run("pm2", "reload", "--parallel", "1", "ticket-shop");
    }

    @Override
    public String log() throws IOException, InterruptedException {
        return commands.shell("cat pm2/pm2.log pm2/logs/*");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        commands.run("pm2", "kill");
        FileSystemUtils.deleteRecursively(directory);
    }
}
