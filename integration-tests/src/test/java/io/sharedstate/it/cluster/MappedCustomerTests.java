package io.sharedstate.it.cluster;

import java.util.List;

/** On one host, in memory. */
class MappedCustomerTests extends CustomerTests {

    @Override
    List<String> engine() {
        return List.of("--engine", "mapped");
    }
}
