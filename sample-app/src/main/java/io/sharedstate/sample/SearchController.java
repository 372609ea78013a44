package io.sharedstate.sample;

import io.sharedstate.SharedKeyedRateLimiter;
import io.sharedstate.SharedRateLimiter.Answer;
import io.sharedstate.sample.BoxOffice.Ticket;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Finds the tickets of a buyer, as often as the limit of a client's address allows, whichever processes it asks. */
@RestController
class SearchController {

    private final BoxOffices boxOffices;
    private final SharedKeyedRateLimiter searches;

    SearchController(BoxOffices boxOffices, SharedKeyedRateLimiter searchesRateLimiter) {
        this.boxOffices = boxOffices;
        this.searches = searchesRateLimiter;
    }

    @GetMapping("/search")
    ResponseEntity<List<Ticket>> search(@RequestParam String buyer, HttpServletRequest request) {
        Answer answer = searches.request(request.getRemoteAddr(), 1);
        if (!answer.acquired()) {
            throw refusal(answer.retryAfter());
        }
        return ResponseEntity.ok(boxOffices.ticketsOf(buyer));
    }

    private static ErrorResponseException refusal(Duration retryAfter) {
        ErrorResponseException refusal =
                Refusal.of(HttpStatus.TOO_MANY_REQUESTS, "too many searches; the next is possible in " + retryAfter);
        long seconds = retryAfter.plusNanos(999_999_999).toSeconds();
        refusal.getHeaders().set(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        return refusal;
    }
}
