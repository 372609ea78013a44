package io.sharedstate.autoconfigure.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.annotation.Schedules;

class CronTimesTests {

    @Scheduled(cron = "${nightly}", zone = "UTC")
    @Scheduled(cron = "0 0 14 * * *", zone = "UTC")
    @Scheduled(cron = Scheduled.CRON_DISABLED)
    void job() {}

    @ParameterizedTest
    @CsvSource({
        // the last run, now, whether there was a time in between: at 2 and at 14 o'clock
        "2026-01-01T02:00:00.003Z, 2026-01-01T02:00:00.500Z, false",
        "2026-01-01T01:59:59.990Z, 2026-01-01T02:00:00.010Z, false",
        "2026-01-01T02:00:00.003Z, 2026-01-01T13:59:00Z,     false",
        "2026-01-01T02:00:00.003Z, 2026-01-01T13:59:59.990Z, true",
        "2026-01-01T02:00:00.003Z, 2026-01-01T14:00:00.001Z, true",
        "2026-01-01T14:00:00.003Z, 2026-01-02T02:00:00.001Z, true",
        "2026-01-01T02:00:00.003Z, 2026-03-01T05:00:00Z,     true"
    })
    void aTimeThatWasServedIsNotServedAgain(Instant last, Instant now, boolean isDue) throws Exception {
        Set<Scheduled> schedules = AnnotatedElementUtils.getMergedRepeatableAnnotations(
                getClass().getDeclaredMethod("job"), Scheduled.class, Schedules.class);
        CronTimes times = new CronTimes(
                schedules, text -> text.replace("${nightly}", "0 0 2 * * *"), Clock.fixed(now, ZoneOffset.UTC));

        assertThat(times.test(JobRecord.first(1, last.toEpochMilli()))).isEqualTo(isDue);
    }
}
