package io.sharedstate.it.cluster;

import java.util.List;

/** On one host, in memory. */
class MappedScrapeTests extends ScrapeTests {

    @Override
    List<String> engine() {
        return List.of("--engine", "mapped");
    }
}
