package io.sharedstate.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Requests with an Idempotency-Key.
 *
 * @param enabled Whether requests with the header Idempotency-Key are carried out once and their repetitions answered as the first.
 * @param paths Patterns of the paths that it is for.
 * @param methods Methods that it is for.
 * @param required Whether requests without the header are refused.
 * @param ttl How long a key is known.
 * @param maxBody The largest body of an answer that is kept.
 * @param maxSize Room for keys and answers. Counts when it is created.
 * @param keepServerErrors Whether answers of 500 and above are kept, too. If not, a repetition is carried out again.
 * @param whenUnknown What to do with a repetition when the process that carried out the first request has died.
 */
public record IdempotencyProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("/**") List<String> paths,
        @DefaultValue({"POST", "PATCH"}) Set<String> methods,
        @DefaultValue("false") boolean required,
        @DefaultValue("24h") Duration ttl,
        @DefaultValue("64KB") DataSize maxBody,
        @DefaultValue("16MB") DataSize maxSize,
        @DefaultValue("true") boolean keepServerErrors,
        @DefaultValue("refuse") Unknown whenUnknown) {

    /** What to do when nobody knows how far a request came. */
    public enum Unknown {
        /** Refuse it: the client has to find out. */
        REFUSE,
        /** Carry it out again. */
        RERUN
    }
}
