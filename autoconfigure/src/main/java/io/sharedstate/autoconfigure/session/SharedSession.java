package io.sharedstate.autoconfigure.session;

import io.sharedstate.CodecException;
import io.sharedstate.autoconfigure.SharedSessionProperties.SaveMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.session.Session;

/** A session as one request sees it: as it was when it was found, with the request's own changes. */
final class SharedSession implements Session {

    private final SharedSessionRepository repository;
    private final StoredSession found;

    private String id;
    private Instant accessed;
    private Duration timeout;
    private boolean isNew;
    private boolean idChanged;
    private boolean accessedChanged;
    private boolean timeoutChanged;

    /** As they are kept, as far as is known here. */
    private final Map<String, byte[]> serialized;

    /** Those that were set, or were asked for and therefore deserialized. */
    private final Map<String, Object> objects = new HashMap<>();

    private final Set<String> changed = new HashSet<>();
    private final Set<String> read = new HashSet<>();
    private Map<String, String> indexes;

    SharedSession(SharedSessionRepository repository, StoredSession found, boolean isNew) {
        this.repository = repository;
        this.found = found;
        this.isNew = isNew;
        id = found.id();
        accessed = Instant.ofEpochMilli(found.accessed());
        timeout = Duration.ofMillis(found.timeout());
        serialized = found.attributes().toMap();
        indexes = found.indexes();
    }

    /** As it was when it was found or made. */
    StoredSession found() {
        return found;
    }

    boolean isNew() {
        return isNew;
    }

    @Override
    public String getId() {
        return id;
    }

    @Override
    public String changeSessionId() {
        id = repository.idAfter(id);
        idChanged = true;
        repository.changed(this);
        return id;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Spring Session's
    public <T> @Nullable T getAttribute(String name) {
        Object value = objects.get(name);
        if (value == null && serialized.containsKey(name)) {
            value = repository.serializer().deserialize(name, serialized.get(name));
            if (value != null) {
                objects.put(name, value);
            }
        }
        if (value != null) {
            read.add(name);
        }
        return (T) value;
    }

    @Override
    public Set<String> getAttributeNames() {
        Set<String> names = new HashSet<>(serialized.keySet());
        names.addAll(objects.keySet());
        return names;
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            removeAttribute(name);
        } else {
            objects.put(name, value);
            changed.add(name);
            repository.changed(this);
        }
    }

    /** What isn't there isn't removed: another may have set it meanwhile. */
    @Override
    public void removeAttribute(String name) {
        boolean known = serialized.remove(name) != null;
        if (objects.remove(name) != null || known) {
            changed.add(name);
            repository.changed(this);
        }
    }

    @Override
    public Instant getCreationTime() {
        return Instant.ofEpochMilli(found.created());
    }

    @Override
    public void setLastAccessedTime(Instant time) {
        accessed = time;
        accessedChanged = true;
        repository.changed(this);
    }

    @Override
    public Instant getLastAccessedTime() {
        return accessed;
    }

    @Override
    public void setMaxInactiveInterval(Duration interval) {
        timeout = interval;
        timeoutChanged = true;
        repository.changed(this);
    }

    @Override
    public Duration getMaxInactiveInterval() {
        return timeout;
    }

    @Override
    public boolean isExpired() {
        return !timeout.isNegative() && !accessed.isAfter(repository.now().minus(timeout));
    }

    /** What was changed since it was found or saved; null if nothing was. */
    @Nullable
    SessionChanges changes(SaveMode mode) {
        Map<String, byte @Nullable []> attributes = new HashMap<>();
        for (String name : changed) {
            Object value = objects.get(name);
            attributes.put(name, value == null ? null : repository.serializer().serialize(name, value));
        }
        if (mode != SaveMode.ON_SET_ATTRIBUTE) {
            addRead(attributes);
        }
        if (mode == SaveMode.ALWAYS) {
            serialized.forEach(attributes::putIfAbsent);
        }
        if (!isNew && !idChanged && !accessedChanged && !timeoutChanged && attributes.isEmpty()) {
            return null;
        }
        return new SessionChanges(
                idChanged ? id : null,
                accessed.toEpochMilli(),
                timeoutChanged ? timeout.toMillis() : null,
                attributes.isEmpty() ? Map.of() : changedIndexes(),
                attributes);
    }

    /** Objects that were asked for may have been changed from within. */
    private void addRead(Map<String, byte @Nullable []> attributes) {
        for (String name : read) {
            Object value = objects.get(name);
            if (value != null && !attributes.containsKey(name)) {
                byte[] bytes = repository.serializer().serialize(name, value);
                if (!Arrays.equals(bytes, serialized.get(name))) {
                    attributes.put(name, bytes);
                }
            }
        }
    }

    /** Only what this request has changed: others may have changed the rest. */
    private Map<String, @Nullable String> changedIndexes() {
        Map<String, String> now;
        try {
            now = repository.indexes().resolveIndexesFor(this);
        } catch (CodecException e) {
            return Map.of(); // What can't be read wasn't changed.
        }
        Map<String, @Nullable String> changes = new HashMap<>();
        now.forEach((name, value) -> {
            if (!Objects.equals(value, indexes.get(name))) {
                changes.put(name, value);
            }
        });
        indexes.keySet().stream().filter(name -> !now.containsKey(name)).forEach(name -> changes.put(name, null));
        return changes;
    }

    /** These changes are kept now. */
    void saved(SessionChanges changes) {
        changes.attributes().forEach((name, bytes) -> {
            if (bytes != null) {
                serialized.put(name, bytes);
            }
        });
        Map<String, String> merged = new HashMap<>(indexes);
        changes.indexes().forEach((name, value) -> merged.compute(name, (same, before) -> value));
        indexes = merged;
        changed.clear();
        read.clear();
        isNew = false;
        idChanged = false;
        accessedChanged = false;
        timeoutChanged = false;
    }
}
