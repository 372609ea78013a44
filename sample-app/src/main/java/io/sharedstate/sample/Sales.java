package io.sharedstate.sample;

import java.util.ArrayList;
import java.util.List;

/** What was sold of an event: the buyers, that of seat 1 first. */
record Sales(int seats, List<String> buyers) {

    /** As many bytes as it can have as JSON, with names of at most {@code nameLength} characters that need no {@code \\u} escape. */
    static int maxSize(int seats, int nameLength) {
        int quotesAndComma = 3;
        return 64 + seats * (3 * nameLength + quotesAndComma);
    }

    int left() {
        return seats - buyers.size();
    }

    Sales plus(String buyer) {
        List<String> more = new ArrayList<>(buyers);
        more.add(buyer);
        return new Sales(seats, more);
    }
}
