package io.sharedstate.engine;

import io.sharedstate.Kind;
import java.util.regex.Pattern;

/** What may be the name of anything shared. */
public final class Names {

    private static final Pattern LEGAL = Pattern.compile("(?!\\.)(?!.*\\.\\.)[A-Za-z0-9._-]{1,64}");

    private Names() {}

    public static void requireLegal(Kind kind, String name) {
        if (!LEGAL.matcher(name).matches()) {
            throw new IllegalArgumentException("not a name for a " + kind.label() + ": '" + name
                    + "'; names have 1 to 64 of the characters A-Z a-z 0-9 . _ - and neither begin with a dot nor have two in"
                    + " a row");
        }
    }
}
