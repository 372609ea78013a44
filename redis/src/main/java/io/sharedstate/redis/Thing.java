package io.sharedstate.redis;

import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A thing that has a name: a hash at the server, which begins with what it was created with, and keys that belong to it. Whatever finds it gone,
 * because it was removed or the server has lost its memory, makes it anew.
 */
final class Thing {

    private static final Script<List<Object>> CREATE = Script.list("create");

    /** Removed so often between two round trips, it isn't removed: it isn't what we make. */
    private static final int MOST_ATTEMPTS = 20;

    private final Kind kind;
    private final String name;
    private final Server server;
    private final Membership members;
    private final byte[] names;
    private final byte[] key;
    private final Map<String, byte[]> parts = new LinkedHashMap<>();
    private volatile Map<String, String> asked;

    /** @param parts what else belongs to it; each is a key */
    Thing(
            Kind kind,
            String name,
            Server server,
            Keys keys,
            Membership members,
            Map<String, String> asked,
            String... parts) {
        this.kind = kind;
        this.name = name;
        this.server = server;
        this.members = members;
        this.names = keys.names(kind);
        this.key = keys.thing(kind, name);
        this.asked = asked;
        for (String part : parts) {
            this.parts.put(part, keys.part(kind, name, part));
        }
    }

    Kind kind() {
        return kind;
    }

    String name() {
        return name;
    }

    byte[] key() {
        return key;
    }

    byte[] part(String part) {
        byte[] found = parts.get(part);
        if (found == null) {
            throw new IllegalArgumentException(part + " is no part of " + kind.label() + " '" + name + "'");
        }
        return found;
    }

    /** Its key, and those of parts of it. */
    List<byte[]> keys(String... parts) {
        List<byte[]> keys = new ArrayList<>(List.of(key));
        for (String part : parts) {
            keys.add(part(part));
        }
        return keys;
    }

    /** Asks for it: creates it so, or joins it as it is. Returns the values that it has of these fields. */
    Map<String, String> ask(Map<String, String> fields) {
        asked = fields;
        return create();
    }

    private Map<String, String> create() {
        members.requireOpen();
        Map<String, String> fields = asked;
        List<byte[]> arguments = new ArrayList<>();
        fields.forEach((field, value) -> {
            arguments.add(Bytes.of(field));
            arguments.add(Bytes.of(value));
        });
        List<Object> found = server.run(CREATE, List.of(key), arguments.toArray(byte[][]::new));
        server.call(commands -> commands.sadd(names, Bytes.of(name)));
        Map<String, String> has = new LinkedHashMap<>();
        int i = 0;
        for (String field : fields.keySet()) {
            Object value = found == null ? null : found.get(i);
            has.put(field, value == null ? "" : Bytes.text(value));
            i++;
        }
        return has;
    }

    /**
     * Runs a script that returns nil if the thing is gone; then makes it anew, and runs it again.
     *
     * @throws FormatException if what is there stays without what things begin with
     */
    <R> R run(Script<R> script, List<byte[]> keys, byte[]... arguments) {
        return run(server, script, keys, arguments);
    }

    /** The same by other connections. */
    <R> R run(Server by, Script<R> script, List<byte[]> keys, byte[]... arguments) {
        members.requireOpen();
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            R answer = by.run(script, keys, arguments);
            if (answer != null && !isNil(answer)) {
                return answer;
            }
            create();
        }
        throw notOurs();
    }

    private FormatException notOurs() {
        return new FormatException(
                kind.label() + " '" + name + "' at " + server.location() + " was made " + MOST_ATTEMPTS
                        + " times, and is not what was made: expected a hash with " + String.join(", ", asked.keySet())
                        + " at key '" + Bytes.text(key)
                        + "'; something else writes to it, or removes it again and again: see what does, remove the key, or set another"
                        + " namespace");
    }

    /** Where a list was expected, Lettuce has nil as a list of it. */
    private static boolean isNil(Object answer) {
        return answer instanceof List<?> list && (list.isEmpty() || list.get(0) == null);
    }

    /** Runs a script on the thing as it is, also once the state is closed; null when the member has left, and nothing of it is there. */
    <R> @Nullable R runAsItIs(Script<R> script, List<byte[]> keys, byte[]... arguments) {
        return members.hasLeft() ? null : server.run(script, keys, arguments);
    }

    /** Adds to a field of a part that is a hash. */
    void add(String part, byte[] field, long delta) {
        byte[] at = part(part);
        server.call(commands -> commands.hincrby(at, field, delta));
    }

    /** Sets a field of the hash. */
    void set(String field, String value) {
        server.call(commands -> commands.hset(key, Bytes.of(field), Bytes.of(value)));
    }

    /** A field of a part that is a hash. */
    byte @Nullable [] field(String part, byte[] field) {
        byte[] at = part(part);
        return server.call(commands -> commands.hget(at, field));
    }

    /** Fields of the hash, the first one of which it always has; of a thing that is gone, made anew. */
    List<@Nullable Object> fields(String... fields) {
        byte[][] wanted = new byte[fields.length][];
        for (int i = 0; i < fields.length; i++) {
            wanted[i] = Bytes.of(fields[i]);
        }
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            members.requireOpen();
            List<io.lettuce.core.KeyValue<byte[], byte[]>> found = server.call(commands -> commands.hmget(key, wanted));
            if (found != null && found.get(0).hasValue()) {
                List<@Nullable Object> values = new ArrayList<>();
                found.forEach(each -> values.add(each.getValueOrElse(null)));
                return values;
            }
            create();
        }
        throw notOurs();
    }
}
