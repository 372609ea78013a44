package io.sharedstate.mapped;

import java.util.function.Function;

/**
 * What this member has made of the file of one name; once the name was removed, of the file that takes its place.
 *
 * @param <F> what knows the content of such a file
 */
final class Opened<F> {

    private record Made<F>(Segment segment, F file) {}

    private final NamedFile named;
    private final Membership members;
    private final Function<Segment, F> files;
    private volatile Made<F> last;

    /** @param files finds or makes what knows the content of a file */
    Opened(NamedFile named, Membership members, Function<Segment, F> files) {
        this.named = named;
        this.members = members;
        this.files = files;
        this.last = make(named.segment());
    }

    private Made<F> make(Segment segment) {
        return new Made<>(segment, files.apply(segment));
    }

    String name() {
        return named.name();
    }

    boolean exists() {
        return named.exists();
    }

    boolean isClosed() {
        return members.isClosed();
    }

    /** @throws IllegalStateException if the state is closed */
    F get() {
        members.requireOpen();
        return current();
    }

    /** The same, also once the state is closed. */
    F current() {
        Made<F> made = last;
        Segment segment = named.segment();
        if (!segment.equals(made.segment())) {
            made = make(segment);
            last = made;
        }
        return made.file();
    }

    /** The one that was had last. */
    F last() {
        return last.file();
    }
}
