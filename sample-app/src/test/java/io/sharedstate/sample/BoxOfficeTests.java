package io.sharedstate.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sharedstate.SharedState;
import io.sharedstate.ValueTooLargeException;
import io.sharedstate.mapped.MappedEngine;
import io.sharedstate.sample.BoxOffice.Ticket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BoxOfficeTests {

    @Test
    void sellsEverySeatOnceHoweverManyBuyAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (SharedState state = MappedEngine.heap().open()) {
            BoxOffice boxOffice = new BoxOffice(state, "gala", 300);
            List<Callable<Optional<Ticket>>> buyers = IntStream.range(0, 1000)
                    .<Callable<Optional<Ticket>>>mapToObj(i -> () -> boxOffice.sell("buyer-" + i))
                    .toList();

            List<Ticket> sold = new ArrayList<>();
            for (Future<Optional<Ticket>> sale : threads.invokeAll(buyers)) {
                sale.get().ifPresent(sold::add);
            }

            assertThat(sold).hasSize(300).extracting(Ticket::seat).doesNotHaveDuplicates();
            assertThat(boxOffice.event().stock()).isZero();
            assertThat(boxOffice.event().tickets()).containsExactlyInAnyOrderElementsOf(sold);
        } finally {
            threads.shutdownNow();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u20ac", "\""})
    void hasRoomForTheLongestNameOnEverySeat(String character) {
        try (SharedState state = MappedEngine.heap().open()) {
            int seats = 20;
            BoxOffice boxOffice = new BoxOffice(state, "gala", seats);
            for (int i = 0; i < seats; i++) {
                assertThat(boxOffice.sell(character.repeat(BoxOffice.MAX_NAME_LENGTH)))
                        .isPresent();
            }
        }
    }

    @Test
    void aSaleThatCannotBeRecordedTakesNoSeat() {
        try (SharedState state = MappedEngine.heap().open()) {
            BoxOffice boxOffice = new BoxOffice(state, "gala", 2);

            assertThatExceptionOfType(ValueTooLargeException.class)
                    .isThrownBy(() -> boxOffice.sell("x".repeat(10_000)));

            assertThat(boxOffice.event().stock()).isEqualTo(2);
            assertThat(boxOffice.event().tickets()).isEmpty();
        }
    }

    @Test
    void aSeatTakenByAProcessThatDiedBeforeItRecordedTheBuyerIsSoldToAnother(@TempDir Path directory) throws Exception {
        try (SharedState state = MappedEngine.at(directory.resolve("shop")).open()) {
            BoxOffice boxOffice = new BoxOffice(state, "gala", 2);
            boxOffice.sell("ann");
            takeTheLastSeatAndDie(state.location());
            assertThat(boxOffice.event().stock()).isZero();

            assertThat(boxOffice.sell("bob")).contains(new Ticket("gala", 2, "bob"));
            assertThat(boxOffice.sell("eve")).isEmpty();
        }
    }

    private static void takeTheLastSeatAndDie(String directory) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DyingSeller.class.getName(),
                        directory)
                .inheritIO()
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(DyingSeller.DEAD);
        } finally {
            process.destroyForcibly();
        }
    }
}
