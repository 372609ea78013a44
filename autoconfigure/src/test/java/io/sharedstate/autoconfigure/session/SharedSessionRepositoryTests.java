package io.sharedstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Codec;
import io.sharedstate.CodecException;
import io.sharedstate.MapFullException;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.autoconfigure.Place;
import io.sharedstate.autoconfigure.SharedSessionProperties.FlushMode;
import io.sharedstate.autoconfigure.SharedSessionProperties.SaveMode;
import io.sharedstate.autoconfigure.session.SharedSessionRepository.Settings;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ApplicationEvent;
import org.springframework.core.convert.support.GenericConversionService;
import org.springframework.core.serializer.support.DeserializingConverter;
import org.springframework.core.serializer.support.SerializationFailedException;
import org.springframework.core.serializer.support.SerializingConverter;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.PrincipalNameIndexResolver;
import org.springframework.session.UuidSessionIdGenerator;
import org.springframework.session.events.AbstractSessionEvent;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionDeletedEvent;
import org.springframework.session.events.SessionExpiredEvent;

/** Two instances that share their sessions. */
@ParameterizedClass
@EnumSource(names = {"HEAP", "REDIS"})
class SharedSessionRepositoryTests {

    private static final String PRINCIPAL = FindByIndexNameSessionRepository.PRINCIPAL_NAME_INDEX_NAME;
    private static final Duration TIMEOUT = Duration.ofMinutes(30);

    private final Place place;
    private final List<SharedState> states = new ArrayList<>();
    private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();
    private final Time time = new Time();
    private long maxSize = 1L << 20;
    private SaveMode saveMode = SaveMode.ON_SET_ATTRIBUTE;
    private FlushMode flushMode = FlushMode.ON_SAVE;
    private String filter = "";

    private SharedSessionRepository one;
    private SharedSessionRepository two;

    SharedSessionRepositoryTests(Place.Engine engine) {
        place = engine.place();
        one = instance();
        two = instance();
    }

    private SharedSessionRepository instance() {
        SharedState state = place.open();
        states.add(state);
        return new SharedSessionRepository(
                map(state),
                new Settings(TIMEOUT, saveMode, flushMode),
                AttributeSerializer.ofSerializable(
                        filter, List.of("io.sharedstate"), getClass().getClassLoader()),
                new PrincipalNameIndexResolver<>(),
                UuidSessionIdGenerator.getInstance(),
                time,
                events::add);
    }

    private SharedMap<String, StoredSession> map(SharedState state) {
        return state.map(
                "sharedstate.session", Codec.string(), new StoredSessionCodec(), MapOptions.DEFAULT.maxSize(maxSize));
    }

    @AfterEach
    void close() {
        place.close();
    }

    private SharedSession saved(Object... attributes) {
        SharedSession session = one.createSession();
        for (int i = 0; i < attributes.length; i += 2) {
            session.setAttribute((String) attributes[i], attributes[i + 1]);
        }
        one.save(session);
        return session;
    }

    private static Object attribute(SharedSessionRepository repository, String id, String name) {
        return repository.findById(id).getAttribute(name);
    }

    private static void set(SharedSessionRepository repository, SharedSession session, String name, Object value) {
        session.setAttribute(name, value);
        repository.save(session);
    }

    // holding on all instances

    @Test
    void aSessionOfOneInstanceIsThereOnTheOther() {
        SharedSession made = saved("cart", List.of("tea"), "n", 1);
        SharedSession found = two.findById(made.getId());
        assertThat(found.getId()).isEqualTo(made.getId());
        assertThat(found.getAttributeNames()).containsExactlyInAnyOrder("cart", "n");
        assertThat(found.<Object>getAttribute("cart")).isEqualTo(List.of("tea"));
        assertThat(found.<Object>getAttribute("none")).isNull();
        assertThat(found.getCreationTime()).isEqualTo(made.getCreationTime()).isEqualTo(time.instant());
        assertThat(found.getLastAccessedTime()).isEqualTo(made.getLastAccessedTime());
        assertThat(found.getMaxInactiveInterval()).isEqualTo(TIMEOUT);
        assertThat(found.isExpired()).isFalse();
    }

    @Test
    void whatIsNotSavedIsNotThere() {
        SharedSession made = one.createSession();
        assertThat(two.findById(made.getId())).isNull();
        one.save(made);
        made.setAttribute("late", 1);
        assertThat(attribute(two, made.getId(), "late")).isNull();
    }

    @Test
    void noOtherIdIsGoodEnough() {
        String id = saved().getId();
        String other = id.substring(0, id.length() - 1) + (id.endsWith("0") ? "1" : "0");
        for (String wrong :
                List.of("", "x", other, id.substring(0, 22), id + "x", id.substring(22), "\ud800".repeat(60))) {
            assertThat(two.findById(wrong)).as(wrong).isNull();
        }
        assertThat(two.findById(id)).isNotNull();
    }

    @Test
    void immediateFlushingNeedsNoSave() {
        flushMode = FlushMode.IMMEDIATE;
        one = instance();
        SharedSession session = one.createSession();
        session.setAttribute("a", 1);
        session.setAttribute("b", 2);
        session.removeAttribute("b");
        session.setMaxInactiveInterval(Duration.ofSeconds(5));
        String id = session.changeSessionId();
        SharedSession found = two.findById(id);
        assertThat(found.getAttributeNames()).containsExactly("a");
        assertThat(found.getMaxInactiveInterval()).hasSeconds(5);
        assertThat(events).hasSize(1);
    }

    // changes at once

    @Test
    void differentAttributesThatAreChangedAtOnceSurvive() {
        String id = saved("both", 0, "gone", 0, "stays", 0).getId();
        SharedSession here = one.findById(id);
        SharedSession there = two.findById(id);
        here.setAttribute("a", 1);
        here.removeAttribute("gone");
        there.setAttribute("b", 2);
        there.removeAttribute("a"); // which isn't there yet
        there.setAttribute("both", 2);
        here.setAttribute("both", 1);
        two.save(there);
        one.save(here);
        SharedSession merged = two.findById(id);
        assertThat(merged.getAttributeNames()).containsExactlyInAnyOrder("a", "b", "both", "stays");
        assertThat(merged.<Object>getAttribute("a")).isEqualTo(1);
        assertThat(merged.<Object>getAttribute("b")).isEqualTo(2);
        assertThat(merged.<Object>getAttribute("both")).as("the last to save").isEqualTo(1);
    }

    @Test
    void savingTwiceWritesOnlyWhatWasChangedBetween() {
        SharedSession here = saved("a", 1);
        set(two, two.findById(here.getId()), "a", 2);
        one.save(here);
        assertThat(attribute(one, here.getId(), "a")).isEqualTo(2);
        set(one, here, "b", 1);
        assertThat(attribute(one, here.getId(), "a")).isEqualTo(2);
        assertThat(attribute(one, here.getId(), "b")).isEqualTo(1);
    }

    @Test
    void theLatestAccessCounts() {
        String id = saved().getId();
        SharedSession here = one.findById(id);
        SharedSession there = two.findById(id);
        Instant later = time.instant().plusSeconds(20);
        here.setLastAccessedTime(later);
        there.setLastAccessedTime(later.minusSeconds(10));
        one.save(here);
        two.save(there);
        assertThat(one.findById(id).getLastAccessedTime()).isEqualTo(later);
    }

    @Test
    void aTimeoutIsChangedOnlyByWhoChangesIt() {
        String id = saved().getId();
        SharedSession here = one.findById(id);
        SharedSession there = two.findById(id);
        here.setMaxInactiveInterval(Duration.ofSeconds(7));
        one.save(here);
        set(two, there, "a", 1);
        assertThat(one.findById(id).getMaxInactiveInterval()).hasSeconds(7);
    }

    @Test
    void whatWasReadAndChangedWithinIsSavedOnGetAttributeOnly() {
        String id = saved("list", new ArrayList<>(List.of(1)), "other", 1).getId();
        one.findById(id).<List<Integer>>getAttribute("list").add(2);
        assertThat(attribute(one, id, "list")).isEqualTo(List.of(1));

        saveMode = SaveMode.ON_GET_ATTRIBUTE;
        one = instance();
        SharedSession session = one.findById(id);
        session.<List<Integer>>getAttribute("list").add(2);
        session.getAttribute("other");
        set(two, two.findById(id), "other", 2);
        one.save(session);
        assertThat(attribute(two, id, "list")).isEqualTo(List.of(1, 2));
        assertThat(attribute(two, id, "other")).as("read, not changed").isEqualTo(2);
    }

    @Test
    void theModeAlwaysOverwritesWhatOthersHaveChanged() {
        String id = saved("a", 1, "b", 1).getId();
        saveMode = SaveMode.ALWAYS;
        one = instance();
        SharedSession session = one.findById(id);
        set(two, two.findById(id), "a", 2);
        session.setLastAccessedTime(time.instant());
        one.save(session);
        assertThat(attribute(two, id, "a")).isEqualTo(1);
    }

    @Test
    void nothingIsLostWhenManyChangeOneSessionAtOnce() throws Exception {
        long seed = Long.getLong("sharedstate.test.seed", System.nanoTime());
        System.out.printf("%s: -Dsharedstate.test.seed=%d%n", getClass().getSimpleName(), seed);
        String id = saved().getId();
        List<Callable<Map<String, Integer>>> requests = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String own = "of-" + i + "-";
            Random random = new Random(seed + i);
            requests.add(() -> changeOwn(id, own, random));
        }
        Map<String, Integer> expected = new HashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(requests.size());
        try {
            for (Future<Map<String, Integer>> own : threads.invokeAll(requests)) {
                expected.putAll(own.get());
            }
        } finally {
            threads.shutdown();
        }
        SharedSession session = two.findById(id);
        Map<String, Integer> actual = new HashMap<>();
        session.getAttributeNames().forEach(name -> actual.put(name, session.getAttribute(name)));
        assertThat(actual).isEqualTo(expected);
    }

    private Map<String, Integer> changeOwn(String id, String own, Random random) {
        Map<String, Integer> expected = new HashMap<>();
        for (int round = 0; round < 300; round++) {
            SharedSessionRepository repository = random.nextBoolean() ? one : two;
            SharedSession session = repository.findById(id);
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                String name = own + random.nextInt(5);
                if (random.nextInt(3) == 0) {
                    session.removeAttribute(name);
                    expected.remove(name);
                } else {
                    session.setAttribute(name, round);
                    expected.put(name, round);
                }
            }
            repository.save(session);
        }
        return expected;
    }

    // ending

    @Test
    void aDeletedSessionIsNotResurrected() {
        String id = saved().getId();
        SharedSession there = two.findById(id);
        one.deleteById(id);
        set(two, there, "a", 1);
        assertThat(one.findById(id)).isNull();
        assertThat(two.findById(id)).isNull();
        one.deleteById(id);
        one.deleteById("unknown");
        assertThat(events.stream().map(Object::getClass))
                .containsExactly(SessionCreatedEvent.class, SessionDeletedEvent.class);
    }

    @Test
    void eventsCarryTheSession() {
        SharedSession session = saved("a", 1);
        two.deleteById(session.getId());
        for (ApplicationEvent event : events) {
            assertThat(((AbstractSessionEvent) event).getSessionId()).isEqualTo(session.getId());
            assertThat(((AbstractSessionEvent) event).getSession().<Object>getAttribute("a"))
                    .isEqualTo(1);
        }
        assertThat(events).hasSize(2);
    }

    @Test
    void aSessionExpiresWhenItIsLookedFor() {
        String id = saved("a", 1).getId();
        time.pass(TIMEOUT.minusMillis(1));
        assertThat(two.findById(id)).isNotNull();
        SharedSession found = two.findById(id);
        time.pass(Duration.ofMillis(1));
        assertThat(found.isExpired()).isTrue();
        assertThat(two.findById(id)).isNull();
        assertThat(one.findById(id)).isNull();
        assertThat(events).hasSize(2).last().isInstanceOf(SessionExpiredEvent.class);
        assertThat(((SessionExpiredEvent) events.get(1)).getSession().<Object>getAttribute("a"))
                .isEqualTo(1);
        set(two, found, "a", 2);
        assertThat(one.findById(id)).isNull();
    }

    @Test
    void anAccessKeepsItAlive() {
        String id = saved().getId();
        time.pass(TIMEOUT.dividedBy(2));
        SharedSession session = two.findById(id);
        session.setLastAccessedTime(time.instant());
        two.save(session);
        time.pass(TIMEOUT.dividedBy(2));
        assertThat(one.findById(id)).isNotNull();
        assertThat(one.removeExpired()).isZero();
    }

    @Test
    void aNegativeTimeoutIsNone() {
        SharedSession session = saved();
        session.setMaxInactiveInterval(Duration.ofSeconds(-1));
        one.save(session);
        time.pass(Duration.ofDays(10_000));
        assertThat(one.removeExpired()).isZero();
        assertThat(two.findById(session.getId()).getMaxInactiveInterval()).isNegative();
    }

    @Test
    void eachExpiryIsPublishedOnceWhoeverNotices() throws Exception {
        int sessions = 200;
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            ids.add(saved().getId());
        }
        events.clear();
        time.pass(TIMEOUT);
        String lives = saved().getId();
        AtomicInteger removed = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (Future<?> each : threads.invokeAll(List.<Callable<Integer>>of(
                    () -> removed.addAndGet(one.removeExpired()), () -> removed.addAndGet(two.removeExpired()), () -> {
                        ids.forEach(two::findById);
                        return 0;
                    }))) {
                each.get();
            }
        } finally {
            threads.shutdown();
        }
        assertThat(events.stream()
                        .filter(SessionExpiredEvent.class::isInstance)
                        .map(event -> ((SessionExpiredEvent) event).getSessionId()))
                .containsExactlyInAnyOrderElementsOf(ids);
        assertThat(one.findById(lives)).isNotNull();
        assertThat(map(states.get(0))).hasSize(1);
    }

    @Test
    void whatAListenerThrowsIsNotTheRequestsProblem() {
        SharedSessionRepository failing = new SharedSessionRepository(
                map(states.get(0)),
                new Settings(TIMEOUT, saveMode, flushMode),
                one.serializer(),
                one.indexes(),
                UuidSessionIdGenerator.getInstance(),
                time,
                event -> {
                    throw new IllegalStateException("listener");
                });
        SharedSession session = failing.createSession();
        failing.save(session);
        assertThat(two.findById(session.getId())).isNotNull();
        assertThatCode(() -> failing.deleteById(session.getId())).doesNotThrowAnyException();
    }

    // another id

    @Test
    void onlyTheNewIdCountsOnceItIsSaved() {
        SharedSession session = saved("a", 1);
        String old = session.getId();
        String changed = session.changeSessionId();
        assertThat(changed).isNotEqualTo(old).isEqualTo(session.getId());
        assertThat(two.findById(old)).isNotNull();
        assertThat(two.findById(changed)).isNull();
        one.save(session);
        assertThat(two.findById(old)).isNull();
        assertThat(attribute(two, changed, "a")).isEqualTo(1);
        assertThat(map(states.get(0))).hasSize(1);
        assertThat(events).hasSize(1);
    }

    @Test
    void whatARequestUnderTheOldIdHasChangedSurvives() {
        SharedSession session = saved();
        SharedSession there = two.findById(session.getId());
        session.changeSessionId();
        one.save(session);
        set(two, there, "a", 1);
        assertThat(attribute(one, session.getId(), "a")).isEqualTo(1);
        assertThat(two.findById(there.getId())).isNull();
    }

    @Test
    void aSessionWithANewIdThatWasNotSavedIsDeletedAllTheSame() {
        SharedSession session = saved();
        String old = session.getId();
        session.changeSessionId();
        one.deleteById(session.getId());
        assertThat(two.findById(old)).isNull();
    }

    @Test
    void aNewSessionMayChangeItsIdBeforeItIsSaved() {
        SharedSession session = one.createSession();
        String first = session.getId();
        session.changeSessionId();
        one.save(session);
        assertThat(two.findById(first)).isNull();
        assertThat(two.findById(session.getId())).isNotNull();
    }

    // principals

    @Test
    void sessionsAreFoundByTheirPrincipal() {
        String ann = saved(PRINCIPAL, "ann", "a", 1).getId();
        String annToo = saved(PRINCIPAL, "ann").getId();
        String bob = saved(PRINCIPAL, "bob").getId();
        saved();
        Map<String, SharedSession> found = two.findByPrincipalName("ann");
        assertThat(found).containsOnlyKeys(ann, annToo);
        assertThat(found.get(ann).<Object>getAttribute("a")).isEqualTo(1);
        assertThat(two.findByPrincipalName("bob")).containsOnlyKeys(bob);
        assertThat(two.findByPrincipalName("nobody")).isEmpty();
        assertThat(two.findByIndexNameAndIndexValue("other", "ann")).isEmpty();
    }

    @Test
    void thePrincipalIsThatOfTheLastLoginWhateverElseIsSaved() {
        SharedSession session = saved();
        SharedSession there = two.findById(session.getId());
        set(one, session, PRINCIPAL, "ann");
        set(two, there, "cart", 1);
        assertThat(two.findByPrincipalName("ann")).containsOnlyKeys(session.getId());
        session.changeSessionId();
        set(one, session, PRINCIPAL, "bob");
        assertThat(two.findByPrincipalName("ann")).isEmpty();
        assertThat(two.findByPrincipalName("bob")).containsOnlyKeys(session.getId());
        session.removeAttribute(PRINCIPAL);
        one.save(session);
        assertThat(two.findByPrincipalName("bob")).isEmpty();
    }

    @Test
    void expiredAndDeletedSessionsAreNotFoundByTheirPrincipal() {
        saved(PRINCIPAL, "ann");
        time.pass(TIMEOUT);
        assertThat(two.findByPrincipalName("ann")).isEmpty();
        String id = saved(PRINCIPAL, "ann").getId();
        one.deleteById(id);
        assertThat(two.findByPrincipalName("ann")).isEmpty();
    }

    @Test
    void aPrincipalMayHaveManySessions() {
        maxSize = 4L << 20;
        states.forEach(state -> state.remove(io.sharedstate.Kind.MAP, "sharedstate.session"));
        one = instance();
        two = instance();
        for (int i = 0; i < 3_000; i++) {
            saved(PRINCIPAL, "robot");
        }
        assertThat(two.findByPrincipalName("robot")).hasSize(3_000);
    }

    // refusing

    @Test
    void aFullMapRefusesNewSessionsAndKeepsTheOthers() {
        place.assumeThatMapsHaveBounds();
        String first = saved("a", 1).getId();
        fill();
        SharedSession session = two.findById(first);
        session.setLastAccessedTime(time.instant());
        session.setAttribute("a", 2);
        two.save(session);
        assertThat(attribute(one, first, "a")).isEqualTo(2);
    }

    @Test
    void expiredSessionsMakeRoomAndAreAnnounced() {
        place.assumeThatMapsHaveBounds();
        fill();
        int before = events.size();
        time.pass(TIMEOUT);
        fill();
        assertThat(events.stream().filter(SessionExpiredEvent.class::isInstance))
                .hasSize(before);
        assertThat(events).hasSizeGreaterThan(2 * before + 1);
    }

    private void fill() {
        byte[] large = new byte[8_000];
        assertThatThrownBy(() -> {
                    while (true) {
                        saved("large", large);
                    }
                })
                .isInstanceOf(MapFullException.class)
                .hasMessageContaining("sharedstate.session.max-size")
                .hasMessageMatching("(?s).*there are \\d+ that take [\\d,]+ of [\\d,]+ bytes.*");
    }

    @Test
    void aSessionThatIsTooLargeSaysWhatIsLarge() {
        place.assumeThatMapsHaveBounds();
        SharedSession session = saved("a", 1);
        session.setAttribute("picture", new byte[500_000]);
        assertThatThrownBy(() -> one.save(session))
                .isInstanceOf(ValueTooLargeException.class)
                .hasMessageContaining("'picture' 500,0")
                .hasMessageContaining("sharedstate.session.max-size")
                .hasMessageNotContaining(session.getId());
        assertThat(two.findById(session.getId()).getAttributeNames()).containsExactly("a");
    }

    @Test
    void anAttributeThatIsNotSerializableIsNamed() {
        SharedSession session = saved("a", 1);
        session.setAttribute("a", 2);
        session.setAttribute("cart", new NotSerializable());
        assertThatThrownBy(() -> one.save(session))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("session attribute 'cart'")
                .hasMessageContaining(NotSerializable.class.getName())
                .hasMessageContaining("springSessionConversionService")
                .hasMessageNotContaining(session.getId())
                .extracting(SharedSessionRepositoryTests::stackTrace)
                .asString()
                .doesNotContain("secret");
        assertThat(attribute(two, session.getId(), "a")).as("nothing is saved").isEqualTo(1);
        session.removeAttribute("cart");
        one.save(session);
        assertThat(attribute(two, session.getId(), "a")).isEqualTo(2);
    }

    @Test
    void aClassThatTheFilterDoesNotAllowIsRefusedBeforeItIsKept() {
        filter = "!" + Cart.class.getName();
        one = instance();
        SharedSession session = one.createSession();
        session.setAttribute("cart", List.of(new Cart(1)));
        assertThatThrownBy(() -> one.save(session))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("session attribute 'cart'")
                .hasMessageContaining(Cart.class.getName())
                .hasMessageContaining("sharedstate.session.serial-filter");
    }

    @Test
    void onlyTheAttributeThatCanNotBeReadFails() {
        SharedSession session = saved("cart", new Cart(1), "a", 1, PRINCIPAL, "ann");
        filter = "!" + Cart.class.getName();
        two = instance();
        SharedSession found = two.findById(session.getId());
        assertThat(found.<Object>getAttribute("a")).isEqualTo(1);
        assertThatThrownBy(() -> found.getAttribute("cart"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("session attribute 'cart'")
                .hasMessageContaining("sharedstate.session.serial-filter")
                .hasMessageNotContaining(session.getId())
                .hasCauseInstanceOf(SerializationFailedException.class);
        set(two, found, "a", 2);
        assertThat(attribute(one, session.getId(), "cart")).isEqualTo(new Cart(1));
        found.removeAttribute("cart");
        two.save(found);
        assertThat(one.findById(session.getId()).getAttributeNames()).containsExactlyInAnyOrder("a", PRINCIPAL);
    }

    @Test
    void aPrincipalThatCanNotBeReadStays() {
        SharedSession session = saved(PRINCIPAL, "ann");
        SharedSessionRepository other = new SharedSessionRepository(
                map(states.get(1)),
                new Settings(TIMEOUT, saveMode, flushMode),
                new AttributeSerializer(unreadable()),
                one.indexes(),
                UuidSessionIdGenerator.getInstance(),
                time,
                events::add);
        set(other, other.findById(session.getId()), "a", 1);
        assertThat(one.findByPrincipalName("ann")).containsOnlyKeys(session.getId());
    }

    private static GenericConversionService unreadable() {
        GenericConversionService conversion = new GenericConversionService();
        conversion.addConverter(Object.class, byte[].class, new SerializingConverter());
        conversion.addConverter(byte[].class, Object.class, new DeserializingConverter(in -> {
            throw new java.io.InvalidClassException("changed");
        }));
        return conversion;
    }

    private static String stackTrace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    private static final class NotSerializable {

        @Override
        public String toString() {
            return "secret";
        }
    }

    record Cart(int items) implements Serializable {}

    /** A clock that stands still until it is told otherwise. */
    private static final class Time extends Clock {

        private volatile Instant now = Instant.parse("2026-11-23T12:00:00Z");

        void pass(Duration duration) {
            now = now.plus(duration);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
