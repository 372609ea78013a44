package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.mapped.MappedEngine;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two states on one directory in one JVM, of one class loader or of two, work like two processes. Kernel locks belong to the
 * process as a whole, and are lost when any descriptor on the file is closed: what one of the two does must not cost the other its own.
 */
class ClassLoaderTests {

    @TempDir(factory = SharedMemory.class)
    Path directory;

    @AutoClose
    final Workers workers = new Workers();

    /** Says who is alive and whether it can have the lock, as seen by another process. */
    static final class Observer implements Work {
        @Override
        public void run(Child child) throws Exception {
            try (SharedState state = child.open()) {
                while (true) {
                    child.hear();
                    boolean locked = state.lock("lock").tryLock(20, TimeUnit.MILLISECONDS);
                    if (locked) {
                        state.lock("lock").unlock();
                    }
                    child.say("members", state.members().all().size() - 1, locked ? "free" : "held");
                }
            }
        }
    }

    private String seenByAnother(Worker observer) {
        observer.tell("look");
        return observer.expect("members");
    }

    /** The engine in a class loader of its own; spoken to by words, for none of its types is known outside. */
    public static final class Isolated implements UnaryOperator<String> {

        private final SharedState state;

        public Isolated(Path directory) {
            state = MappedEngine.at(directory).open();
        }

        @Override
        public String apply(String word) {
            return switch (word) {
                case "ordinal" -> String.valueOf(state.members().self().ordinal());
                case "lock" -> {
                    state.lock("lock").lock();
                    yield "";
                }
                case "tryLock" -> String.valueOf(state.lock("lock").tryLock());
                case "unlock" -> {
                    state.lock("lock").unlock();
                    yield "";
                }
                case "count" -> {
                    Guarded guarded = new Guarded(state, "guarded");
                    for (int i = 0; i < 5_000; i++) {
                        state.counter("counter").incrementAndGet();
                        state.adder("adder").increment();
                        guarded.count();
                    }
                    yield "";
                }
                case "close" -> {
                    state.close();
                    yield "";
                }
                default -> throw new IllegalArgumentException(word);
            };
        }
    }

    /** One of the two, wherever its classes are. */
    private record Peer(UnaryOperator<String> inside) {

        String tell(String word) {
            return inside.apply(word);
        }
    }

    enum Where {
        SAME_CLASS_LOADER,
        OTHER_CLASS_LOADER
    }

    private Peer open(Where where) throws Exception {
        return where == Where.SAME_CLASS_LOADER ? new Peer(new Isolated(directory)) : isolated(loader());
    }

    private static URLClassLoader loader() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (Path entry : ClassPath.entries()) {
            urls.add(entry.toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    @SuppressWarnings("unchecked")
    private Peer isolated(ClassLoader loader) throws ReflectiveOperationException {
        Class<?> type = loader.loadClass(Isolated.class.getName());
        assertThat(type).isNotSameAs(Isolated.class);
        return new Peer((UnaryOperator<String>) type.getConstructor(Path.class).newInstance(directory));
    }

    @ParameterizedTest
    @EnumSource
    void twoStatesKeepEachOtherOut(Where where) throws Exception {
        Worker observer = workers.fork(Observer.class, directory);
        assertThat(seenByAnother(observer)).isEqualTo("0 free");
        Peer one = open(Where.SAME_CLASS_LOADER);
        Peer two = open(where);
        assertThat(two.tell("ordinal")).isNotEqualTo(one.tell("ordinal"));

        one.tell("lock");
        assertThat(two.tell("tryLock")).isEqualTo("false");
        assertThat(seenByAnother(observer)).isEqualTo("2 held");
        one.tell("unlock");
        assertThat(two.tell("tryLock")).isEqualTo("true");
        assertThat(one.tell("tryLock")).isEqualTo("false");
        assertThat(seenByAnother(observer)).isEqualTo("2 held");
        two.tell("unlock");

        one.tell("close");
        two.tell("close");
        assertThat(seenByAnother(observer)).isEqualTo("0 free");
    }

    @ParameterizedTest
    @EnumSource
    void twoStatesCountTogether(Where where) throws Exception {
        Peer one = open(Where.SAME_CLASS_LOADER);
        Peer two = open(where);
        CompletableFuture.allOf(
                        CompletableFuture.runAsync(() -> one.tell("count")),
                        CompletableFuture.runAsync(() -> two.tell("count")))
                .get(60, TimeUnit.SECONDS);
        two.tell("close");
        one.tell("close");

        try (SharedState state = MappedEngine.at(directory).open()) {
            assertThat(state.counter("counter").get()).isEqualTo(10_000);
            assertThat(state.adder("adder").sum()).isEqualTo(10_000);
            assertThat(new Guarded(state, "guarded").counted()).isEqualTo(10_000);
        }
    }

    /** As an application does that is reloaded again and again beside another. */
    @ParameterizedTest
    @EnumSource
    void oneThatClosesCostsTheOtherNothing(Where where) throws Exception {
        Worker observer = workers.fork(Observer.class, directory);
        Peer one = open(Where.SAME_CLASS_LOADER);
        one.tell("lock");
        for (int i = 0; i < 5; i++) {
            Peer two = open(where);
            assertThat(two.tell("tryLock")).isEqualTo("false");
            assertThat(seenByAnother(observer)).isEqualTo("2 held");
            two.tell("close");
            assertThat(seenByAnother(observer)).isEqualTo("1 held");
        }
        one.tell("unlock");
        one.tell("close");
    }

    @ParameterizedTest
    @ValueSource(strings = {"closed", "forgotten"})
    void aClassLoaderThatIsGarbageCostsTheOtherNothing(String end) throws Exception {
        Worker observer = workers.fork(Observer.class, directory);
        Peer one = open(Where.SAME_CLASS_LOADER);
        one.tell("lock");
        WeakReference<ClassLoader> garbage = garbage(end.equals("closed"));
        for (int i = 0; i < 20 && garbage.get() != null; i++) {
            System.gc();
        }
        for (int i = 0; i < 3; i++) {
            System.gc();
            assertThat(seenByAnother(observer)).endsWith(" held");
        }
        one.tell("unlock");
        one.tell("close");
    }

    private WeakReference<ClassLoader> garbage(boolean closed) throws Exception {
        try (URLClassLoader loader = loader()) {
            Peer two = isolated(loader);
            assertThat(two.tell("tryLock")).isEqualTo("false");
            if (closed) {
                two.tell("close");
            }
            return new WeakReference<>(loader);
        }
    }
}
