package io.sharedstate.it.stress;

import io.sharedstate.Codec;
import io.sharedstate.SharedValue;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A value is read while it is replaced: many bytes, never a mixture. */
final class ValueStress {

    private ValueStress() {}

    private static final int SIZE = 256;

    private static final Both.Pool<SharedValue<byte[]>> VALUES =
            new Both.Pool<>((state, name) -> state.value(name, Codec.bytes(), SIZE));

    private static Both<SharedValue<byte[]>> of(String letter) {
        Both<SharedValue<byte[]>> both = VALUES.next();
        both.one().set(bytes(letter));
        return both;
    }

    /** As many of the letter as makes a length of its own. */
    private static byte[] bytes(String letter) {
        return letter.repeat(SIZE - letter.charAt(0)).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    private static String letter(byte @Nullable [] bytes) {
        if (bytes == null) {
            return "empty";
        }
        for (byte each : bytes) {
            if (each != bytes[0] || bytes.length != SIZE - each) {
                return "torn";
            }
        }
        return bytes.length == 0 ? "torn" : String.valueOf((char) bytes[0]);
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"a, a", "a, b", "a, c", "a, d", "a, e", "a, f"},
            expect = Expect.ACCEPTABLE)
    @Outcome(
            id = {"b, b", "b, c", "b, d", "b, e", "b, f", "c, c", "c, d", "c, e", "c, f"},
            expect = Expect.ACCEPTABLE)
    @Outcome(
            id = {"d, d", "d, e", "d, f", "e, e", "e, f", "f, f"},
            expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN, desc = "torn, or back in time")
    public static class Reads {
        private final Both<SharedValue<byte[]>> value = of("a");

        @Actor
        public void replaces() {
            for (String letter : new String[] {"b", "c", "d", "e", "f"}) {
                value.one().set(bytes(letter));
            }
        }

        @Actor
        public void reads(LL_Result result) {
            result.r1 = letter(value.other().get());
            result.r2 = letter(value.other().get());
        }
    }

    @JCStressTest
    @State
    @Outcome(
            id = {"a, b, c", "c, a, b"},
            expect = Expect.ACCEPTABLE,
            desc = "one after the other")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a value is lost, or seen twice")
    public static class Replacements {
        private final Both<SharedValue<byte[]>> value = of("a");

        @Actor
        public void one(LLL_Result result) {
            result.r1 = letter(value.one().getAndSet(bytes("b")));
        }

        @Actor
        public void other(LLL_Result result) {
            result.r2 = letter(value.other().getAndSet(bytes("c")));
        }

        @Arbiter
        public void end(LLL_Result result) {
            result.r3 = letter(value.one().get());
        }
    }
}
