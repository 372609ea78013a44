package io.sharedstate.it.launcher;

import io.sharedstate.it.shop.Shop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Keeps three instances of the sample application running, behind one address. */
interface Launcher extends AutoCloseable {

    /** {@code sample-app}. */
    Path HOME = Path.of(System.getProperty("sample-app.home", "../sample-app"))
            .toAbsolutePath()
            .normalize();

    /** Starts them. */
    void start() throws IOException, InterruptedException;

    Shop shop() throws IOException, InterruptedException;

    /** The processes that run now, by names that no two processes ever have. */
    Set<String> processes() throws IOException, InterruptedException;

    /** Kills one of them, by SIGKILL. */
    void kill(String process) throws IOException, InterruptedException;

    /** Replaces them one by one, as docs/running.md says. */
    void reload() throws IOException, InterruptedException;

    /** What the instances wrote. */
    String log() throws IOException, InterruptedException;

    @Override
    void close() throws IOException, InterruptedException;
}
