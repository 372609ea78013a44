package io.sharedstate;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/** The warnings of one logger, and of those below it, until this is closed. */
public final class LogCapture implements AutoCloseable {

    private final Logger logger;
    private final Level levelBefore;
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    private LogCapture(Logger logger) {
        this.logger = logger;
        this.levelBefore = logger.getLevel();
        logger.setLevel(Level.WARN);
    }

    public static LogCapture of(Class<?> loggers) {
        return of(loggers.getName());
    }

    public static LogCapture of(String loggers) {
        LogCapture capture = new LogCapture((Logger) LoggerFactory.getLogger(loggers));
        capture.appender.start();
        capture.logger.addAppender(capture.appender);
        return capture;
    }

    public List<String> warnings() {
        return List.copyOf(appender.list).stream()
                .filter(event -> event.getLevel() == Level.WARN)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Override
    public void close() {
        logger.setLevel(levelBefore);
        logger.detachAppender(appender);
    }
}
