package io.sharedstate.autoconfigure.idempotency;

import io.sharedstate.MapFullException;
import io.sharedstate.autoconfigure.IdempotencyProperties;
import io.sharedstate.autoconfigure.IdempotencyProperties.Unknown;
import io.sharedstate.autoconfigure.idempotency.Exchange.Answered;
import io.sharedstate.autoconfigure.idempotency.Exchange.Header;
import io.sharedstate.autoconfigure.idempotency.Exchange.InFlight;
import io.sharedstate.autoconfigure.idempotency.Exchange.Replay;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.http.server.PathContainer;
import org.springframework.web.util.ServletRequestPathUtils;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;
import org.springframework.web.util.pattern.PatternParseException;

/**
 * Carries the first request with an {@code Idempotency-Key} out, and answers its repetitions as that one was answered. It is a listener
 * of requests, too, as the answer may be complete only when an error page was written.
 */
final class IdempotencyFilter extends HttpFilter implements ServletRequestListener {

    private static final long serialVersionUID = 1L;
    private static final Log log = LogFactory.getLog(IdempotencyFilter.class);
    private static final String REPLAYED = "Idempotency-Replayed";

    /** In flight is what takes a moment as a rule. */
    private static final int RETRY_SECONDS = 1;

    private final transient Exchanges exchanges;
    private final transient IdempotencyScope scope;
    private final transient IdempotencyProperties settings;
    private final transient List<PathPattern> paths;
    private final Set<String> methods;

    IdempotencyFilter(Exchanges exchanges, IdempotencyScope scope, IdempotencyProperties settings) {
        this.exchanges = exchanges;
        this.scope = scope;
        this.settings = settings;
        paths = settings.paths().stream().map(IdempotencyFilter::parse).toList();
        methods = settings.methods();
    }

    private static PathPattern parse(String pattern) {
        try {
            return PathPatternParser.defaultInstance.parse(pattern);
        } catch (PatternParseException e) {
            throw new InvalidConfigurationPropertyValueException(
                    "sharedstate.idempotency.paths", pattern, "It is no pattern of a path: " + e.getMessage());
        }
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Execution execution = Execution.of(request);
        if (execution != null) {
            goOn(execution, request, response, chain);
        } else if (!applies(request)) {
            chain.doFilter(request, response);
        } else if (IdempotencyKey.isIn(request)) {
            String key = IdempotencyKey.of(request, scope);
            if (key == null) {
                Problem.INVALID.answer(response, null);
            } else {
                carryOutOnce(key, request, response, chain);
            }
        } else if (settings.required()) {
            Problem.MISSING.answer(response, null);
        } else {
            chain.doFilter(request, response);
        }
    }

    private boolean applies(HttpServletRequest request) {
        if (!methods.contains(request.getMethod())) {
            return false;
        }
        PathContainer path = ServletRequestPathUtils.parseAndCache(request).pathWithinApplication();
        return paths.stream().anyMatch(pattern -> pattern.matches(path));
    }

    private void carryOutOnce(String key, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        FingerprintedRequest fingerprinted = new FingerprintedRequest(request);
        Optional<Exchange> first;
        try {
            first = begin(key);
        } catch (MapFullException full) {
            log.error(
                    "A request with an Idempotency-Key is refused, as there is no room for the key; raise 'sharedstate.idempotency.max-size'"
                            + " and remove the map 'sharedstate.idempotency', or lower 'sharedstate.idempotency.ttl': "
                            + full.getMessage());
            Problem.FULL.answer(response, RETRY_SECONDS);
            return;
        }
        if (first.isEmpty()) {
            carryOut(key, fingerprinted, response, chain);
        } else if (first.get() instanceof Answered answered) {
            repeat(answered, fingerprinted.fingerprint(), response);
        } else if (exchanges.isAbandoned((InFlight) first.get())) {
            Problem.OUTCOME_UNKNOWN.answer(response, null);
        } else {
            Problem.IN_FLIGHT.answer(response, RETRY_SECONDS);
        }
    }

    /** What there is already; empty if there was nothing that keeps the request from being carried out. */
    private Optional<Exchange> begin(String key) {
        Optional<Exchange> first = exchanges.begin(key);
        if (settings.whenUnknown() == Unknown.RERUN
                && first.isPresent()
                && first.get() instanceof InFlight inFlight
                && exchanges.isAbandoned(inFlight)) {
            return exchanges.beginAgain(key, inFlight) ? Optional.empty() : exchanges.begin(key);
        }
        return first;
    }

    private void carryOut(String key, FingerprintedRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        RecordedResponse recorded =
                new RecordedResponse(response, (int) settings.maxBody().toBytes());
        Execution execution = new Execution(exchanges, key, settings.keepServerErrors(), request, recorded);
        chain.doFilter(request, recorded);
        execution.returned();
    }

    /** The container has dispatched the request again: what another thread had to find is there, or an error page is to be written. */
    private static void goOn(
            Execution execution, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request.getDispatcherType() == DispatcherType.ERROR) {
            chain.doFilter(request, execution.answeredBy(response));
        } else {
            execution.comesBack();
            chain.doFilter(request, response);
        }
        execution.returned();
    }

    @Override
    public void requestDestroyed(ServletRequestEvent event) {
        Execution execution = Execution.of(event.getServletRequest());
        if (execution != null) {
            try {
                execution.end();
            } catch (IOException e) {
                log.debug("The client has gone", e);
            }
        }
    }

    private static void repeat(Answered first, String fingerprint, HttpServletResponse response) throws IOException {
        Replay replay = first.replay();
        if (replay == null) { // Whatever the payload: it may not have been read to its end.
            Problem.NOT_REPLAYABLE.answer(response, null);
        } else if (!first.fingerprint().equals(fingerprint)) {
            Problem.OTHER_PAYLOAD.answer(response, null);
        } else {
            replay(first.status(), replay, response);
        }
    }

    private static void replay(int status, Replay replay, HttpServletResponse response) throws IOException {
        response.setStatus(status);
        Set<String> set = new HashSet<>();
        for (Header header : replay.headers()) {
            // What filters before this one have set already is what they set then.
            if (set.add(header.name().toLowerCase(Locale.ROOT))) {
                response.setHeader(header.name(), header.value());
            } else {
                response.addHeader(header.name(), header.value());
            }
        }
        response.setHeader(REPLAYED, "true");
        if (replay.body().length > 0) {
            response.setContentLength(replay.body().length);
            response.getOutputStream().write(replay.body());
        }
    }
}
