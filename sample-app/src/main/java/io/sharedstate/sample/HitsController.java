package io.sharedstate.sample;

import io.sharedstate.Member;
import io.sharedstate.SharedCounter;
import io.sharedstate.SharedState;
import jakarta.servlet.http.HttpServletResponse;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Counts requests twice: in the shared state, and, as one would in a single process, in a static field. */
@RestController
@RequestMapping("/hits")
class HitsController {

    private static final AtomicLong LOCAL = new AtomicLong();

    private final SharedCounter hits;
    private final Member self;

    HitsController(SharedCounter hitsCounter, SharedState state) {
        this.hits = hitsCounter;
        this.self = state.members().self();
    }

    /** Each on a connection of its own, so that a browser, too, sees them answered by one process and another. */
    @PostMapping
    Hits hit(HttpServletResponse response) {
        response.setHeader(HttpHeaders.CONNECTION, "close");
        return hits(hits.incrementAndGet(), LOCAL.incrementAndGet());
    }

    @GetMapping
    Hits read() {
        return hits(hits.get(), LOCAL.get());
    }

    private Hits hits(long value, long local) {
        return new Hits(value, local, self.ordinal(), self.pid());
    }

    /**
     * @param value what all processes counted
     * @param local what the process that answers counted
     * @param member its ordinal
     */
    record Hits(long value, long local, int member, long pid) {}
}
