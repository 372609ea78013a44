package io.sharedstate.autoconfigure.scheduling;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.StringUtils;
import org.springframework.util.StringValueResolver;

/**
 * The times that a method's cron expressions name. All processes have the same, so that one may come to a time a moment after another has served it
 * and gone.
 */
final class CronTimes implements Predicate<JobRecord> {

    /** A run may begin that much before its time, as a scheduler doesn't wait by the clock on the wall. */
    private static final Duration EARLY = Duration.ofMillis(50);

    private record Times(CronExpression expression, ZoneId zone) {}

    private final List<Times> all = new ArrayList<>();
    private final Clock clock;

    /** @param schedules of which those with a cron expression count */
    CronTimes(Set<Scheduled> schedules, StringValueResolver placeholders, Clock clock) {
        this.clock = clock;
        for (Scheduled scheduled : schedules) {
            String cron = placeholders.resolveStringValue(scheduled.cron());
            if (StringUtils.hasLength(cron) && !Scheduled.CRON_DISABLED.equals(cron)) {
                String zone = placeholders.resolveStringValue(scheduled.zone());
                all.add(new Times(
                        CronExpression.parse(cron),
                        StringUtils.hasText(zone)
                                ? StringUtils.parseTimeZoneString(zone).toZoneId()
                                : ZoneId.systemDefault()));
            }
        }
    }

    /** Whether there was a time since the last run; always, if not all of the method's times are known. */
    @Override
    public boolean test(JobRecord last) {
        Instant begun = Instant.ofEpochMilli(last.begun()).plus(EARLY);
        return all.isEmpty() || all.stream().anyMatch(times -> hasComeSince(begun, times));
    }

    private boolean hasComeSince(Instant begun, Times times) {
        ZonedDateTime next = times.expression().next(begun.atZone(times.zone()));
        return next != null && !next.toInstant().minus(EARLY).isAfter(clock.instant());
    }
}
