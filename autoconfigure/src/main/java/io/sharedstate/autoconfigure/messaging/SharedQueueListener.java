package io.sharedstate.autoconfigure.messaging;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method of a bean that is called with each message of a {@link io.sharedstate.SharedQueue}, in one process: at least once.
 *
 * <p>It takes the message, or a {@link io.sharedstate.Delivery} of it, and returns nothing. When it returns, the message is done, unless it said
 * otherwise by the delivery. When it throws, or the message can't be read, that is logged and the message is received again after {@link #retryDelay()}, here
 * or in another process; received as often as the queue's {@code max-attempts} says, it becomes a dead letter.
 *
 * <p>Attributes may have placeholders, and the annotation may be on another one.
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface SharedQueueListener {

    /** Name of the queue. If a bean is the queue of that name, with its options; else it is created with the default ones. */
    String queue();

    /** How many messages the method is called with at once in each process. With more than 1 they aren't handled in order. */
    String concurrency() default "1";

    /**
     * After how long a message that failed is received again: {@code 500ms}, {@code PT1M}. It doubles with each attempt, up to five minutes.
     */
    String retryDelay() default "1s";
}
