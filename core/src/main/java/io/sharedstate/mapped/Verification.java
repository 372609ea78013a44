package io.sharedstate.mapped;

import io.sharedstate.Members;
import io.sharedstate.Verdict;
import io.sharedstate.Verdict.Result;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Verifies state that others write meanwhile: what is found half made is looked at again. Once nobody is alive it is as it will
 * stay.
 */
final class Verification {

    private static final int ATTEMPTS = 400;
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final Members members;

    private Verification(Members members) {
        this.members = members;
    }

    static List<Verdict> of(MappedState state) {
        Verification verification = new Verification(state.members());
        return state.checks().stream().map(verification::verdict).toList();
    }

    private Verdict verdict(Check check) {
        int attempts = members.all().isEmpty() ? 1 : ATTEMPTS;
        Set<String> problems = new HashSet<>();
        String last = problem(check);
        for (int attempt = 1; last != null && attempt < attempts; attempt++) {
            problems.add(last);
            LockSupport.parkNanos(PAUSE_NS);
            last = problem(check);
        }
        if (last == null) {
            return new Verdict(check.what(), Result.WHOLE, "");
        }
        problems.add(last);
        // what is damaged stays so, and what is written doesn't look the same each time
        return new Verdict(check.what(), problems.size() == 1 ? Result.DAMAGED : Result.IN_USE, last);
    }

    /** What is wrong; null if nothing is. What is damaged may lead to any exception. */
    private static @Nullable String problem(Check check) {
        try {
            check.run();
            return null;
        } catch (RuntimeException | AssertionError e) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        }
    }
}
