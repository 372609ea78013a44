package io.sharedstate.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Delivery;
import io.sharedstate.FormatException;
import io.sharedstate.Kind;
import io.sharedstate.LogCapture;
import io.sharedstate.NoSpaceException;
import io.sharedstate.QueueOptions;
import io.sharedstate.QueueStatistics;
import io.sharedstate.SharedQueue;
import io.sharedstate.SharedState;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a queue does when a member is taken for dead, or the server loses or refuses something. */
@Timeout(120)
class RedisQueueTests {

    private static final QueueOptions TWICE = QueueOptions.DEFAULT.maxAttempts(2);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final RedisUnderTest.Host host = new RedisUnderTest.Host(RedisServer.shared());
    private SharedState one;
    private SharedState two;

    @BeforeEach
    void open() {
        one = host.open();
        two = host.open();
    }

    @AfterEach
    void close() {
        host.close();
    }

    private static SharedQueue<String> queue(SharedState state) {
        return state.queue("orders", String.class, TWICE);
    }

    @Test
    void whatADeadMemberHadInWorkIsReceivedByTheNext() throws Exception {
        queue(one).put("a");
        queue(one).put("b");
        queue(one).receive(2, LONG);
        host.kill(one);
        List<Delivery<String>> adopted = queue(two).receive(2, LONG);
        assertThat(adopted).extracting(Delivery::value).containsExactly("a", "b");
        assertThat(adopted).allMatch(Delivery::redelivered).allMatch(delivery -> delivery.attempts() == 2);
        assertThat(queue(two).statistics().redelivered()).isEqualTo(2);
    }

    @Test
    void whoWaitsGetsWhatSomebodyHadInWorkWhoDiesMeanwhile() throws Exception {
        queue(one).put("a");
        queue(one).receive();
        CompletableFuture<String> waiter = Aside.get(() -> {
            try {
                return queue(two).take();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        byte[] waiters = host.keys().part(Kind.QUEUE, "orders", Waiting.WAITERS);
        await().until(() -> host.server(two).call(commands -> commands.exists(waiters)) == 1);
        host.kill(one);
        assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo("a");
    }

    @Test
    void whatADeadMemberHadInWorkIsReceivedAlsoWhileThereIsAlwaysSomethingNew() throws Exception {
        queue(one).put("old");
        queue(one).receive();
        host.kill(one);
        await().until(() -> {
            queue(two).put("new");
            return queue(two).take().equals("old");
        });
    }

    @Test
    void whatWasLastInWorkByOneThatDiedIsADeadLetter() throws Exception {
        queue(one).put("a");
        queue(one).receive().close();
        queue(one).receive();
        host.kill(one);
        try (LogCapture log = LogCapture.of(SharedQueue.class)) {
            assertThat(queue(two).poll()).isNull();
            assertThat(log.warnings()).singleElement().asString().contains("'orders'", "2 times");
        }
        assertThat(queue(two).deadLetters(2)).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEqualTo("a");
            assertThat(letter.attempts()).isEqualTo(2);
        });
    }

    @Test
    void oneThatWasTakenForDeadIsToldThatItsMessageWentToSomebodyElse() throws Exception {
        queue(one).put("a");
        queue(one).put("b");
        Delivery<String> lost = queue(one).receive();
        Delivery<String> given = queue(one).receive();
        host.expire(one);
        List<Delivery<String>> adopted = queue(two).receive(2, LONG);
        assertThat(adopted).hasSize(2);
        assertThatIllegalStateException().isThrownBy(lost::done).withMessageContaining("taken for dead");
        assertThatIllegalStateException()
                .isThrownBy(() -> given.retry(Duration.ZERO))
                .withMessageContaining("'orders'");
        adopted.forEach(Delivery::done);
        assertThat(queue(two).statistics()).returns(0L, QueueStatistics::inWork).returns(0L, QueueStatistics::bytes);
    }

    @Test
    void oneThatWasTakenForDeadMayFinishWhatNobodyHasTaken() throws Exception {
        queue(one).put("a");
        Delivery<String> delivery = queue(one).receive();
        host.expire(one);
        delivery.done();
        assertThat(queue(two).poll()).isNull();
    }

    @Test
    void consumersThatAreDeadAndHaveNothingAreForgotten() throws Exception {
        queue(one).put("a");
        queue(one).take();
        queue(two).put("b");
        queue(two).receive();
        host.kill(one);
        byte[] messages = host.keys().part(Kind.QUEUE, "orders", RedisQueue.MESSAGES);
        await().until(() -> {
            queue(two).poll();
            return host.server(two)
                            .call(commands -> commands.xinfoConsumers(messages, Bytes.of("all")))
                            .size()
                    == 1;
        });
    }

    @Test
    void aServerThatHasLostEverythingHasAnEmptyQueue() throws Exception {
        try (RedisServer server = RedisServer.start();
                RedisUnderTest.Host own = new RedisUnderTest.Host(server)) {
            SharedQueue<String> queue = queue(own.open());
            queue.put("a");
            queue.put("b");
            Delivery<String> first = queue.receive();
            Delivery<String> second = queue.receive();
            CompletableFuture<String> waiter = Aside.get(() -> {
                try {
                    return queue.take();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            server.forgetEverything();
            first.done();
            second.close();
            queue.put("new");
            assertThat(waiter.get(30, TimeUnit.SECONDS)).isEqualTo("new");
            assertThat(queue.statistics()).returns(0L, QueueStatistics::bytes).returns(0L, QueueStatistics::inWork);
        }
    }

    @Test
    void messagesOfAnotherTypeAreRefused() {
        SharedQueue<String> queue = queue(one);
        byte[] messages = host.keys().part(Kind.QUEUE, "orders", RedisQueue.MESSAGES);
        host.server(one).call(commands -> commands.set(messages, Bytes.of("foreign")));
        assertThatThrownBy(() -> queue.offer("a")).isInstanceOf(FormatException.class);
        assertThatThrownBy(queue::poll).isInstanceOf(FormatException.class).hasMessageContaining("another type");
    }

    @Test
    void aServerWithoutMemoryRefusesMessagesAndLetsThemBeTaken() throws Exception {
        try (RedisServer server = RedisServer.start("--maxmemory", "4mb");
                RedisUnderTest.Host own = new RedisUnderTest.Host(server)) {
            SharedQueue<byte[]> queue = own.open().queue("bytes", byte[].class, TWICE.maxSize(64 << 20));
            int[] offered = new int[1];
            assertThatThrownBy(() -> {
                        for (; ; offered[0]++) {
                            assertThat(queue.offer(new byte[100_000])).isTrue();
                        }
                    })
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining("maxmemory");
            assertThat(offered[0]).isPositive();
            assertThat(queue.statistics().depth()).isEqualTo(offered[0]);
            for (int i = 0; i < offered[0]; i++) {
                assertThat(queue.poll(LONG)).hasSize(100_000);
            }
            assertThat(queue.poll()).isNull();
        }
    }
}
