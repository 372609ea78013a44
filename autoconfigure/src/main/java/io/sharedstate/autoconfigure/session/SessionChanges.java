package io.sharedstate.autoconfigure.session;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request has changed in a session, already serialized. It is merged into what others have made of the session meanwhile.
 *
 * @param id null if it is the same as before, as is {@code timeout}
 * @param accessed the latest of all counts
 * @param indexes those that are different from before; null for one that is gone, as for an attribute
 */
record SessionChanges(
        @Nullable String id,
        long accessed,
        @Nullable Long timeout,
        Map<String, @Nullable String> indexes,
        Map<String, byte @Nullable []> attributes) {

    StoredSession appliedTo(StoredSession session) {
        return new StoredSession(
                id != null ? id : session.id(),
                session.created(),
                Math.max(accessed, session.accessed()),
                timeout != null ? timeout : session.timeout(),
                indexesOf(session),
                session.attributes().with(attributes));
    }

    private Map<String, String> indexesOf(StoredSession session) {
        Map<String, String> merged = new HashMap<>(session.indexes());
        indexes.forEach((name, value) -> {
            if (value == null) {
                merged.remove(name);
            } else {
                merged.put(name, value);
            }
        });
        return merged;
    }
}
