package io.sharedstate.it.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.session.SharedSessionAutoConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.env.MapPropertySource;
import org.springframework.mock.web.MockServletContext;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.Session;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/** Instances that change the same sessions are killed at random: no session is torn, and what was saved is there. */
class SessionKillTests {

    private static final int KILLS = 20;
    private static final int PROCESSES = 3;
    private static final int THREADS = 3;
    private static final int SESSIONS = 4;
    private static final String PRINCIPAL = FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;

    @TempDir(factory = SharedMemory.class)
    Path parent;

    @AutoClose
    final Workers workers = new Workers();

    private static AnnotationConfigWebApplicationContext open(Path directory) {
        AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext();
        context.setServletContext(new MockServletContext());
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "test",
                        Map.of(
                                "sharedstate.mapped.directory", directory.toString(),
                                "sharedstate.name", "sessions",
                                "sharedstate.session.enabled", "true",
                                "sharedstate.session.max-size", "1MB")));
        context.register(SharedStateAutoConfiguration.class, SharedSessionAutoConfiguration.class);
        context.refresh();
        return context;
    }

    @SuppressWarnings("unchecked")
    private static FindByIndexNameSessionRepository<Session> sessions(AnnotationConfigWebApplicationContext context) {
        return context.getBean(FindByIndexNameSessionRepository.class);
    }

    /** Changes two attributes of its own in the sessions of all, and the id of one of its own; says what it has saved. */
    static final class Saving implements Work {

        @Override
        public void run(Child child) throws InterruptedException {
            try (AnnotationConfigWebApplicationContext context = open(child.directory())) {
                List<Thread> threads = IntStream.range(0, THREADS)
                        .mapToObj(number -> new Thread(() -> work(child, sessions(context), number)))
                        .toList();
                threads.forEach(Thread::start);
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        }

        private static void work(Child child, FindByIndexNameSessionRepository<Session> sessions, int number) {
            Random random = new Random(child.number(0) + number);
            String name = ProcessHandle.current().pid() + "-" + number;
            Session own = sessions.createSession();
            own.setAttribute(PRINCIPAL, name);
            sessions.save(own);
            for (int count = 1; !child.hasHeard(); count++) {
                String id = child.argument(1 + random.nextInt(SESSIONS));
                Session session = sessions.findById(id);
                session.setAttribute("a-" + name, count);
                session.setAttribute("b-" + name, count);
                sessions.save(session);
                child.say("saved", id, name, count);
                own.changeSessionId();
                sessions.save(own);
                child.say("changed", own.getId(), name);
            }
        }
    }

    @Test
    void noSessionIsTornAndWhatWasSavedIsThere() throws InterruptedException {
        Random random = Seed.random(getClass());
        Path directory = parent.resolve("state");
        Map<String, Map<String, Integer>> saved = new HashMap<>();
        Map<String, String> own = new HashMap<>();
        List<Worker> alive = new ArrayList<>();
        try (AnnotationConfigWebApplicationContext context = open(directory)) {
            FindByIndexNameSessionRepository<Session> sessions = sessions(context);
            List<Object> arguments = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                Session session = sessions.createSession();
                sessions.save(session);
                arguments.add(session.getId());
                saved.put(session.getId(), new HashMap<>());
            }
            for (int kill = 0; kill < KILLS; kill++) {
                while (alive.size() < PROCESSES) {
                    List<Object> all = new ArrayList<>(arguments);
                    all.add(0, random.nextInt());
                    alive.add(workers.add(Worker.withEverything(Saving.class, directory, all.toArray())));
                }
                Worker victim = Workers.working(alive, random);
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(5)));
                victim.kill();
                alive.remove(victim);
                collect(victim, saved, own);
                verify(sessions, saved, own);
            }
            alive.forEach(worker -> worker.tell("stop"));
            alive.forEach(Worker::join);
            alive.forEach(worker -> collect(worker, saved, own));
            verify(sessions, saved, own);
            System.out.printf("%d kills, %d writers%n", KILLS, own.size());
        }
    }

    private static void collect(Worker worker, Map<String, Map<String, Integer>> saved, Map<String, String> own) {
        for (String line : worker.said()) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("saved")) {
                saved.get(words[1]).put(words[2], Integer.valueOf(words[3]));
            } else {
                own.put(words[2], words[1]);
            }
        }
    }

    private static void verify(
            FindByIndexNameSessionRepository<Session> sessions,
            Map<String, Map<String, Integer>> saved,
            Map<String, String> own) {
        saved.forEach((id, attributes) -> {
            Session session = sessions.findById(id);
            assertThat(session).isNotNull();
            for (String name : session.getAttributeNames()) {
                String writer = name.substring(2);
                assertThat(session.<Integer>getAttribute("a-" + writer))
                        .as("both of %s are of one save", writer)
                        .isNotNull()
                        .isEqualTo(session.<Integer>getAttribute("b-" + writer));
            }
            attributes.forEach((writer, count) -> assertThat(session.<Integer>getAttribute("a-" + writer))
                    .as("saved by %s", writer)
                    .isGreaterThanOrEqualTo(count));
        });
        own.forEach((writer, said) -> {
            Map<String, Session> found = sessions.findByPrincipalName(writer);
            assertThat(found).as("the session of %s, under one id", writer).hasSize(1);
            String id = found.keySet().iterator().next();
            assertThat(sessions.findById(id)).isNotNull();
            assertThat(sessions.findById(said) != null).isEqualTo(said.equals(id));
        });
    }
}
