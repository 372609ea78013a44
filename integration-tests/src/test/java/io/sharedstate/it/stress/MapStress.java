package io.sharedstate.it.stress;

import io.sharedstate.Codec;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** An entry is read while it is replaced, moved to another extent, removed: never a mixture, never gone that is there. */
final class MapStress {

    private MapStress() {}

    private static final String KEY = "key";
    private static final int LENGTH = 2_000;

    private static final Both.Pool<SharedMap<String, byte[]>> MAPS = new Both.Pool<>((state, name) ->
            state.map(name, Codec.string(), Codec.bytes(), MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE)));

    private static Both<SharedMap<String, byte[]>> of(String letter) {
        Both<SharedMap<String, byte[]>> both = MAPS.next();
        both.one().put(KEY, bytes(letter));
        return both;
    }

    /** As many of the letter as makes a length of its own, and that few of them fill a segment. */
    private static byte[] bytes(String letter) {
        return letter.repeat(LENGTH - letter.charAt(0)).getBytes(StandardCharsets.US_ASCII);
    }

    private static String letter(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "none";
        }
        for (byte each : bytes) {
            if (each != bytes[0] || bytes.length != LENGTH - each) {
                return "torn";
            }
        }
        return bytes.length == 0 ? "torn" : String.valueOf((char) bytes[0]);
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"a, a", "a, b", "a, c", "a, d", "a, e", "a, f", "a, g", "a, h", "a, i"},
            expect = Expect.ACCEPTABLE)
    @Outcome(
            id = {"b, b", "b, c", "b, d", "b, e", "b, f", "b, g", "b, h", "b, i", "c, c", "c, d", "c, e", "c, f", "c, g"
            },
            expect = Expect.ACCEPTABLE)
    @Outcome(
            id = {"c, h", "c, i", "d, d", "d, e", "d, f", "d, g", "d, h", "d, i", "e, e", "e, f", "e, g", "e, h", "e, i"
            },
            expect = Expect.ACCEPTABLE)
    @Outcome(
            id = {"f, f", "f, g", "f, h", "f, i", "g, g", "g, h", "g, i", "h, h", "h, i", "i, i"},
            expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN, desc = "torn, gone, or back in time")
    public static class ReadsWhileItCompacts {
        private final Both<SharedMap<String, byte[]>> map = of("a");

        @Actor
        public void replaces() {
            for (String letter : new String[] {"b", "c", "d", "e", "f", "g", "h", "i"}) {
                map.one().put(KEY, bytes(letter));
            }
        }

        @Actor
        public void reads(LL_Result result) {
            result.r1 = letter(map.other().get(KEY));
            result.r2 = letter(map.other().get(KEY));
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"a, none, none", "b, a, none"},
            expect = Expect.ACCEPTABLE,
            desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "an entry is lost, or comes back")
    public static class RemovalAndReplacement {
        private final Both<SharedMap<String, byte[]>> map = of("a");

        @Actor
        public void removes(LLL_Result result) {
            result.r1 = letter(map.one().remove(KEY));
        }

        @Actor
        public void replaces(LLL_Result result) {
            result.r2 = letter(map.other().replace(KEY, bytes("b")));
        }

        @Arbiter
        public void end(LLL_Result result) {
            result.r3 = letter(map.one().get(KEY));
        }
    }
}
