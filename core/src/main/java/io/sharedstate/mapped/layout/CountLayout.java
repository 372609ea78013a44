package io.sharedstate.mapped.layout;

// spotless:off
/**
 * What a member has of something, void when it dies: a word for each ordinal, written by members with that ordinal.
 *
 * <pre>
 *   bits 0 to 23   how many
 *       24 to 63   the incarnation that has them; another one than that in the ordinal's slot, or of a member that died, has none
 * </pre>
 */
// spotless:on
public final class CountLayout {

    private static final int COUNT_BITS = 24;

    public static final int MAX_COUNT = (1 << COUNT_BITS) - 1;

    private CountLayout() {}

    public static long word(long incarnation, int count) {
        return incarnation << COUNT_BITS | count;
    }

    public static int count(long word) {
        return (int) word & MAX_COUNT;
    }

    public static long incarnation(long word) {
        return word >>> COUNT_BITS;
    }
}
