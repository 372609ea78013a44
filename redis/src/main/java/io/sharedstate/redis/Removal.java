package io.sharedstate.redis;

import io.sharedstate.Kind;
import io.sharedstate.SemaphoreStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Removes things, unless somebody alive has something of them. */
record Removal(Server server, Keys keys, Membership members) {

    private static final Script<byte[]> REMOVE = Script.bytes("remove");

    private static final String REMOVED = "1";
    private static final String NOTHING = "0";

    /** What belongs to things of a kind. */
    static List<String> parts(Kind kind) {
        return switch (kind) {
            case LOCK, VALUE -> List.of(Waiting.WAITERS);
            case SEMAPHORE -> List.of(RedisSemaphore.HELD, Waiting.WAITERS);
            case KEYED_RATE_LIMITER -> List.of(RedisKeyedRateLimiter.KEYS);
            case TOPIC -> List.of(RedisTopic.MESSAGES, RedisTopic.SUBSCRIPTIONS);
            case QUEUE -> List.of(RedisQueue.MESSAGES, RedisQueue.LATER, Waiting.WAITERS);
            case COUNTER, ADDER, RATE_LIMITER, REGION -> List.of();
            case MAP -> List.of(RedisEntries.INDEX, RedisEntries.EXPIRIES, RedisEntries.CLAIMS, Waiting.WAITERS);
        };
    }

    boolean remove(Kind kind, String name, Supplier<Optional<SemaphoreStatus>> semaphore) {
        if (kind == Kind.SEMAPHORE) {
            semaphore.get().filter(status -> status.inUse() > 0).ifPresent(status -> {
                throw new IllegalStateException("semaphore '" + name + "' is in use (" + status.holders()
                        + "); remove it when nobody holds a permit");
            });
        }
        String answer = remove(kind, name, "");
        if (!answer.equals(REMOVED) && !answer.equals(NOTHING) && !members.isAlive(answer)) {
            answer = remove(kind, name, answer);
        }
        if (!answer.equals(REMOVED) && !answer.equals(NOTHING)) {
            throw new IllegalStateException(kind.label() + " '" + name + "' is locked (by member " + answer
                    + "); remove it when nobody holds the lock");
        }
        byte[] names = keys.names(kind);
        server.call(commands -> commands.srem(names, Bytes.of(name)));
        return answer.equals(REMOVED);
    }

    private String remove(Kind kind, String name, String dead) {
        List<byte[]> all = new ArrayList<>(List.of(keys.thing(kind, name)));
        parts(kind).forEach(part -> all.add(keys.part(kind, name, part)));
        byte[] answer = server.run(REMOVE, all, Bytes.of(dead));
        return answer == null ? NOTHING : Bytes.text(answer);
    }
}
