package io.sharedstate.autoconfigure.scheduling;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A {@code @Scheduled} method that runs once for all processes together. It is owned by the first process that runs it, for as
 * long as that one lives, however long it pauses: in the others nothing happens at its times. When the owner stops or dies,
 * another takes over at its own next time, which for a fixed rate or delay is within one period. A cron time that the former owner has
 * begun to serve isn't served again.
 *
 * <p>It is called through a proxy, so its class can't be final; it returns nothing and has ended when it returns: neither
 * {@code @Async} below this annotation nor reactive types.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface OncePerCluster {

    /** What the processes know the job by; without one, the names of class and method. */
    String name() default "";

    /** What becomes of a run that its process has died in. */
    OnAbandoned onAbandoned() default OnAbandoned.SKIP;

    /** What becomes of a run that its process has died in. */
    enum OnAbandoned {
        /** It stays as far as it came, and the job goes on at its next time. */
        SKIP,
        /** Another process runs the method at once; if none is left, the first that starts. The method has to cope with what was done before. */
        RERUN
    }
}
