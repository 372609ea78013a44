package io.sharedstate.autoconfigure.messaging;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.aot.hint.annotation.Reflective;

/**
 * A method of a bean that is called with each message of a {@link io.sharedstate.SharedTopic}, in every process: with those that are published while the
 * application context runs, one at a time and in order.
 *
 * <p>It takes the message, or a {@link io.sharedstate.TopicMessage}, which has its number and how many were missed before it, and returns
 * nothing. Messages that a method was too slow for are logged if it takes the message alone. What it throws is logged, and it goes on with the next.
 *
 * <p>The attribute may have placeholders, and the annotation may be on another one.
 */
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Reflective
public @interface SharedTopicListener {

    /** Name of the topic. If a bean is the topic of that name, with its options; else it is created with the default ones. */
    String topic();
}
