package io.sharedstate.autoconfigure;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Sessions of Spring Session.
 *
 * @param enabled Whether the sessions of all processes are one, by Spring Session.
 * @param maxSize Room for sessions. Counts when it is created.
 * @param saveMode Which attributes are written when a session is saved.
 * @param flushMode When changes are written.
 * @param cleanupInterval How often each process looks for sessions that have expired.
 * @param serialFilter Classes that attributes may be made of, or not, as in jdk.serialFilter: 'com.vendor.**;!com.vendor.Bad'. These patterns count
 *     before the default: values of the JDK, what Spring Web and Spring Security keep in sessions, Kotlin, and below the application's packages.
 */
public record SharedSessionProperties(
        @DefaultValue("false") boolean enabled,
        @DefaultValue("16MB") DataSize maxSize,
        @DefaultValue("on-set-attribute") SaveMode saveMode,
        @DefaultValue("on-save") FlushMode flushMode,
        @DefaultValue("1m") Duration cleanupInterval,
        @Nullable String serialFilter) {

    /** As Spring Session's own, which need not be there. */
    public enum SaveMode {
        /** Those that were set or removed. */
        ON_SET_ATTRIBUTE,
        /** The same, and those that were read and have changed since. */
        ON_GET_ATTRIBUTE,
        /** All: what others have changed meanwhile is overwritten. */
        ALWAYS
    }

    /** As Spring Session's own, which need not be there. */
    public enum FlushMode {
        /** When the session is saved: before the answer is sent, as a rule. */
        ON_SAVE,
        /** At once. */
        IMMEDIATE
    }
}
