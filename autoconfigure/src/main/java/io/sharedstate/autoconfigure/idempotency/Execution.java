package io.sharedstate.autoconfigure.idempotency;

import io.sharedstate.autoconfigure.idempotency.Exchange.Answered;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/** A request that this process carries out, from the filter until its answer is complete: after an error page, or on another thread. */
final class Execution implements AsyncListener {

    private static final Log log = LogFactory.getLog(Execution.class);
    private static final String ATTRIBUTE = Execution.class.getName();

    private final Exchanges exchanges;
    private final String key;
    private final boolean keepServerErrors;
    private final FingerprintedRequest request;
    private RecordedResponse response;
    private boolean ended;

    Execution(
            Exchanges exchanges,
            String key,
            boolean keepServerErrors,
            FingerprintedRequest request,
            RecordedResponse response) {
        this.exchanges = exchanges;
        this.key = key;
        this.keepServerErrors = keepServerErrors;
        this.request = request;
        this.response = response;
        request.setAttribute(ATTRIBUTE, this);
    }

    static @Nullable Execution of(ServletRequest request) {
        return (Execution) request.getAttribute(ATTRIBUTE);
    }

    /** The answer is written anew, by an error page. */
    synchronized HttpServletResponse answeredBy(HttpServletResponse errorPage) {
        response = new RecordedResponse(errorPage, response.maxBody());
        return response;
    }

    /** The application has returned. Unless it goes on elsewhere, or the container has to write an error page, the answer is complete. */
    void returned() throws IOException {
        if (request.isAsyncStarted()) {
            response.release(); // Another thread may end the request without notice.
            request.getAsyncContext().addListener(this);
        } else if (!response.isErrorSent()) {
            end();
        }
    }

    /** The other thread has let the container dispatch the request again. */
    void comesBack() {
        response.hold();
    }

    /** The answer is complete: it is kept, and then passed on. */
    synchronized void end() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        try {
            Answered answered = response.answered(fingerprint());
            if (answered.status() >= 500 && !keepServerErrors) {
                exchanges.forget(key);
            } else {
                exchanges.end(key, answered);
            }
        } finally {
            response.release();
        }
    }

    private String fingerprint() {
        try {
            return request.fingerprint();
        } catch (IOException e) {
            log.debug(
                    "The payload of " + request.getMethod() + " " + request.getRequestURI() + " wasn't sent in full",
                    e);
            return "incomplete";
        }
    }

    @Override
    public void onComplete(AsyncEvent event) throws IOException {
        end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {
        event.getAsyncContext().addListener(this); // The listeners of before are gone.
    }
}
