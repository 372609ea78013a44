package io.sharedstate.autoconfigure.session;

import java.util.Map;

/**
 * A session as it is kept: one entry of the map, so that whatever is done to it is done wholly or not at all. Its id begins with the
 * entry's key, which stays when the rest of the id, which is a secret, is changed.
 *
 * @param created in milliseconds since 1970, as is {@code accessed}
 * @param timeout in milliseconds from the last access; negative: never
 * @param indexes what it can be found by: the name of its principal
 */
record StoredSession(
        String id,
        long created,
        long accessed,
        long timeout,
        Map<String, String> indexes,
        SerializedAttributes attributes) {

    boolean isExpired(long now) {
        return timeout >= 0 && accessed <= now - timeout;
    }
}
