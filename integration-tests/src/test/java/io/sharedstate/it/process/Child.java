package io.sharedstate.it.process;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The forked JVM's own side of a {@link Worker}: it hears lines on its standard input and says lines on its standard
 * output. A line is said by one write to a pipe, so that a kill at any moment leaves whole lines, and what was said before
 * the kill is still heard after it.
 */
final class Child {

    private final Path directory;
    private final List<String> arguments;
    private final OutputStream out;
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private Child(Path directory, List<String> arguments, OutputStream out) {
        this.directory = directory;
        this.arguments = arguments;
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        PrintStream out = System.out;
        System.setOut(System.err);
        Work work = Class.forName(args[0])
                .asSubclass(Work.class)
                .getDeclaredConstructor()
                .newInstance();
        Child child = new Child(Path.of(args[1]), List.of(args).subList(2, args.length), out);
        Thread ear = new Thread(child::listen, "ear");
        ear.setDaemon(true);
        ear.start();
        work.run(child);
        System.exit(0);
    }

    /** The end of the input is the end of the parent, and nobody is to outlive it. */
    private void listen() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                heard.add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().halt(2);
    }

    Path directory() {
        return directory;
    }

    SharedState open() {
        return MappedEngine.at(directory).open();
    }

    String argument(int index) {
        return arguments.get(index);
    }

    int number(int index) {
        return Integer.parseInt(argument(index));
    }

    void say(Object... words) {
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The parent's next line, waiting for it. */
    String hear() throws InterruptedException {
        return heard.take();
    }

    boolean hasHeard() {
        return !heard.isEmpty();
    }
}
