package io.sharedstate.redis;

import io.sharedstate.Kind;

/*
 * Where everything is at the server. What is in braces decides, in a cluster, which node a key is on: the keys of one thing are
 * together, so that a script may touch all of them.
 *
 *   sharedstate:{NAMESPACE:members}                  hash: the last incarnation, how many ordinals were used
 *   sharedstate:{NAMESPACE:members}:ORDINAL          hash with a time to live: a live member
 *   sharedstate:{NAMESPACE:members}:left             list: incarnations that left in good order
 *   sharedstate:{NAMESPACE:KIND}:names               set: the names of a kind
 *   sharedstate:{NAMESPACE:KIND:NAME}                hash: a thing, with what it was created with
 *   sharedstate:{NAMESPACE:KIND:NAME}:PART           what else belongs to it
 *   sharedstate:{NAMESPACE}:freed                    channel: a thing for which others may be waiting
 */
record Keys(String namespace) {

    static final String PREFIX = "sharedstate:";

    private String tagged(String tag) {
        return PREFIX + "{" + namespace + tag + "}";
    }

    byte[] members() {
        return Bytes.of(tagged(":members"));
    }

    byte[] member(long ordinal) {
        return Bytes.of(tagged(":members") + ":" + ordinal);
    }

    byte[] left() {
        return Bytes.of(tagged(":members") + ":left");
    }

    byte[] names(Kind kind) {
        return Bytes.of(tagged(":" + kind.label()) + ":names");
    }

    byte[] thing(Kind kind, String name) {
        return Bytes.of(tagged(":" + kind.label() + ":" + name));
    }

    byte[] part(Kind kind, String name, String part) {
        return Bytes.of(tagged(":" + kind.label() + ":" + name) + ":" + part);
    }

    byte[] freed() {
        return Bytes.of(tagged("") + ":freed");
    }
}
