package io.sharedstate.autoconfigure.session;

import io.sharedstate.MapFullException;
import io.sharedstate.MapStatistics;
import io.sharedstate.SharedMap;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.autoconfigure.SharedSessionProperties.FlushMode;
import io.sharedstate.autoconfigure.SharedSessionProperties.SaveMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationEvent;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.IndexResolver;
import org.springframework.session.Session;
import org.springframework.session.SessionIdGenerator;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionDeletedEvent;
import org.springframework.session.events.SessionExpiredEvent;

/**
 * The sessions of all processes, an entry of one map each.
 *
 * <p>A session's id is the entry's key, which is no secret, and something that is. So a session gets another id, and whatever else a request
 * has changed, by one change of one entry: it is done or not done, whenever a process is killed, and the old id is refused from the moment the
 * new one counts. A request that was found by the old one finds the entry all the same when it saves its changes.
 *
 * <p>An expired session stays in the map until the first who comes across it, or looks for such, has removed it; that one says so.
 */
final class SharedSessionRepository implements FindByIndexNameSessionRepository<SharedSession> {

    static final String MAX_SIZE_PROPERTY = "sharedstate.session.max-size";

    private static final Log log = LogFactory.getLog(SharedSessionRepository.class);

    private static final int KEY_BYTES = 16;
    private static final int KEY_LENGTH = 22;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final SharedMap<String, StoredSession> map;
    private final Settings settings;
    private final AttributeSerializer serializer;
    private final IndexResolver<Session> indexes;
    private final SessionIdGenerator secrets;
    private final Clock clock;
    private final Consumer<? super ApplicationEvent> publisher;

    /** @param timeout of sessions that don't say otherwise; negative: none */
    record Settings(Duration timeout, SaveMode saveMode, FlushMode flushMode) {}

    SharedSessionRepository(
            SharedMap<String, StoredSession> map,
            Settings settings,
            AttributeSerializer serializer,
            IndexResolver<Session> indexes,
            SessionIdGenerator secrets,
            Clock clock,
            Consumer<? super ApplicationEvent> publisher) {
        this.map = map;
        this.settings = settings;
        this.serializer = serializer;
        this.indexes = indexes;
        this.secrets = secrets;
        this.clock = clock;
        this.publisher = publisher;
    }

    AttributeSerializer serializer() {
        return serializer;
    }

    IndexResolver<Session> indexes() {
        return indexes;
    }

    Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    // ids

    private static String newKey() {
        byte[] key = new byte[KEY_BYTES];
        RANDOM.nextBytes(key);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
    }

    private static String keyOf(String id) {
        return id.substring(0, Math.min(KEY_LENGTH, id.length()));
    }

    /** Another id for the same session. */
    String idAfter(String id) {
        return keyOf(id) + secrets.generate();
    }

    private static boolean isIdOf(StoredSession session, String id) {
        return MessageDigest.isEqual(
                session.id().getBytes(StandardCharsets.UTF_8), id.getBytes(StandardCharsets.UTF_8));
    }

    // finding

    @Override
    public SharedSession createSession() {
        long now = clock.millis();
        StoredSession made = new StoredSession(
                newKey() + secrets.generate(),
                now,
                now,
                settings.timeout().toMillis(),
                Map.of(),
                SerializedAttributes.NONE);
        SharedSession session = new SharedSession(this, made, true);
        changed(session);
        return session;
    }

    @Override
    public @Nullable SharedSession findById(String id) {
        StoredSession found = map.get(keyOf(id));
        if (found == null || !isIdOf(found, id)) {
            return null;
        }
        if (found.isExpired(clock.millis())) {
            expire(keyOf(id));
            return null;
        }
        return seen(found);
    }

    private SharedSession seen(StoredSession session) {
        return new SharedSession(this, session, false);
    }

    /** Looks through all sessions. */
    @Override
    public Map<String, SharedSession> findByIndexNameAndIndexValue(String indexName, String indexValue) {
        long now = clock.millis();
        Map<String, SharedSession> found = new HashMap<>();
        for (StoredSession session : map.values()) {
            if (indexValue.equals(session.indexes().get(indexName)) && !session.isExpired(now)) {
                found.put(session.id(), seen(session));
            }
        }
        return found;
    }

    // saving

    void changed(SharedSession session) {
        if (settings.flushMode() == FlushMode.IMMEDIATE) {
            save(session);
        }
    }

    @Override
    public void save(SharedSession session) {
        SessionChanges changes = session.changes(settings.saveMode());
        if (changes == null) {
            return;
        }
        boolean isNew = session.isNew();
        String key = keyOf(session.getId());
        withRoom(
                () -> {
                    if (isNew) {
                        map.put(key, changes.appliedTo(session.found()));
                    } else {
                        // One that was deleted meanwhile stays so.
                        map.computeIfPresent(key, (same, stored) -> changes.appliedTo(stored));
                    }
                },
                changes);
        session.saved(changes);
        if (isNew) {
            publish(new SessionCreatedEvent(this, session));
        }
    }

    private void withRoom(Runnable write, SessionChanges changes) {
        try {
            try {
                write.run();
            } catch (MapFullException e) {
                removeExpired();
                write.run();
            }
        } catch (MapFullException e) {
            throw full(e);
        } catch (ValueTooLargeException e) {
            throw tooLarge(changes, e);
        }
    }

    private MapFullException full(MapFullException cause) {
        MapStatistics statistics = map.statistics();
        MapFullException full = new MapFullException(String.format(
                "no room for a session in its part of the map: there are %,d that take %,d of %,d bytes, and none that has expired; raise '%s' and remove the map '%s'"
                        + " while no process runs, or let sessions end earlier ('spring.session.timeout')",
                statistics.entries(), statistics.bytes(), statistics.capacity(), MAX_SIZE_PROPERTY, map.name()));
        full.initCause(cause);
        return full;
    }

    private ValueTooLargeException tooLarge(SessionChanges changes, ValueTooLargeException cause) {
        StringBuilder written = new StringBuilder();
        changes.attributes()
                .forEach((name, bytes) -> written.append(String.format(
                        "%s'%s' %,d", written.isEmpty() ? "" : ", ", name, bytes == null ? 0 : bytes.length)));
        ValueTooLargeException tooLarge = new ValueTooLargeException(String.format(
                "a session doesn't fit into the %,d bytes that one can have; bytes of the attributes just written: %s. Keep less in it, or raise"
                        + " '%s' and remove the map '%s' while no process runs",
                map.maxEntrySize(), written, MAX_SIZE_PROPERTY, map.name()));
        tooLarge.initCause(cause);
        return tooLarge;
    }

    // ending

    /** Whoever has had a session may delete it, also by an id that it has no more. */
    @Override
    public void deleteById(String id) {
        StoredSession deleted = map.remove(keyOf(id));
        if (deleted != null) {
            publish(new SessionDeletedEvent(this, seen(deleted)));
        }
    }

    /** Removes all sessions that have expired; returns how many there were for this process to remove. */
    int removeExpired() {
        long now = clock.millis();
        int removed = 0;
        for (Map.Entry<String, StoredSession> entry : map.entrySet()) {
            if (entry.getValue().isExpired(now) && expire(entry.getKey())) {
                removed++;
            }
        }
        return removed;
    }

    /** @return whether it was this process that has removed it */
    private boolean expire(String key) {
        AtomicReference<@Nullable StoredSession> removed = new AtomicReference<>();
        map.computeIfPresent(key, (same, session) -> {
            boolean expired = session.isExpired(clock.millis());
            removed.set(expired ? session : null);
            return expired ? null : session;
        });
        StoredSession expired = removed.get();
        if (expired != null) {
            publish(new SessionExpiredEvent(this, seen(expired)));
        }
        return expired != null;
    }

    /** What a listener throws is not for the request, or the other sessions, that happen to bring it about. */
    private void publish(ApplicationEvent event) {
        try {
            publisher.accept(event);
        } catch (RuntimeException e) {
            log.error("A listener to " + event.getClass().getSimpleName() + " has failed", e);
        }
    }
}
