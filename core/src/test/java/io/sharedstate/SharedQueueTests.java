package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a {@link SharedQueue} promises to who has it, on every engine. */
class SharedQueueTests extends TwoMembers {

    private static final QueueOptions SMALL =
            QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE).maxAttempts(3);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(20);

    /** With the 32 bytes that it has beside, one of 16 that fill the smallest queue. */
    private static final String SIXTEENTH = "x".repeat(4096 - 32);

    /** Can't read what begins with {@code bad}. */
    private static final Codec<String> PICKY = new Codec<>() {
        @Override
        public byte[] encode(String text) {
            if (text.startsWith("refused")) {
                throw new UnsupportedOperationException(text);
            }
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            if (text.startsWith("bad")) {
                throw new IllegalArgumentException("can't read " + text);
            }
            return text;
        }
    };

    private static SharedQueue<String> queue(SharedState state) {
        return state.queue("orders", String.class, SMALL);
    }

    private static SharedQueue<String> picky(SharedState state) {
        return state.queue("picky", PICKY, SMALL);
    }

    private static List<String> values(List<? extends Delivery<String>> deliveries) {
        return deliveries.stream().map(Delivery::value).toList();
    }

    // the way of a message

    @Test
    void whatOneOffersAnotherTakesInOrder() throws Exception {
        SharedQueue<String> mine = queue(one);
        SharedQueue<String> theirs = queue(two);
        assertThat(mine.name()).isEqualTo("orders");
        assertThat(theirs.poll()).isNull();
        assertThat(mine.offer("a")).isTrue();
        theirs.put("b");
        mine.add("c");
        assertThat(mine.offer("d", LONG)).isTrue();
        assertThat(theirs.poll()).isEqualTo("a");
        assertThat(mine.take()).isEqualTo("b");
        assertThat(theirs.poll(LONG)).isEqualTo("c");
        assertThat(theirs.receive().value()).isEqualTo("d");
        assertThat(theirs.poll(SHORT)).isNull();
        assertThat(theirs.receive(Duration.ZERO)).isEmpty();
        assertThat(one.names(Kind.QUEUE)).containsExactly("orders");
    }

    @Test
    void aMessageIsInWorkUntilItIsDone() throws Exception {
        queue(one).put("a");
        Delivery<String> delivery = queue(two).receive();
        assertThat(delivery.value()).isEqualTo("a");
        assertThat(delivery.attempts()).isEqualTo(1);
        assertThat(delivery.redelivered()).isFalse();
        assertThat(queue(one).poll()).isNull();
        assertThat(queue(one).statistics()).returns(0L, QueueStatistics::depth).returns(1L, QueueStatistics::inWork);
        delivery.done();
        assertThat(queue(one).statistics()).returns(0L, QueueStatistics::depth).returns(0L, QueueStatistics::inWork);
        assertThat(queue(one).poll()).isNull();
    }

    @Test
    void whatIsGivenBackComesAgainBeforeWhatIsNew() throws Exception {
        queue(one).put("a");
        queue(one).put("b");
        queue(two).receive().close();
        Delivery<String> again = queue(one).receive();
        assertThat(again.value()).isEqualTo("a");
        assertThat(again.attempts()).isEqualTo(2);
        assertThat(again.redelivered()).isTrue();
        assertThat(queue(one).poll()).isEqualTo("b");
        assertThat(queue(one).statistics().redelivered()).isEqualTo(1);
    }

    @Test
    void oneThatThrowsGivesItBack() throws Exception {
        queue(one).put("a");
        assertThatThrownBy(() -> {
                    try (Delivery<String> delivery = queue(two).receive()) {
                        throw new IllegalStateException("while handling " + delivery.value());
                    }
                })
                .hasMessage("while handling a");
        assertThat(queue(one).poll()).isEqualTo("a");
    }

    @Test
    void aRetryWaitsForItsTimeWhileOthersPass() throws Exception {
        queue(one).put("later");
        queue(one).put("now");
        queue(two).receive().retry(Duration.ofMillis(300));
        assertThat(queue(one).statistics().depth()).isEqualTo(2);
        assertThat(queue(two).poll()).isEqualTo("now");
        assertThat(queue(two).poll()).isNull();
        Instant begin = Instant.now();
        Delivery<String> again = queue(one).receive();
        assertThat(Duration.between(begin, Instant.now())).isGreaterThan(Duration.ofMillis(100));
        assertThat(again.value()).isEqualTo("later");
        again.retry(Duration.ofDays(400_000_000_000L));
        assertThat(queue(one).poll(SHORT)).isNull();
        assertThat(queue(one).statistics().depth()).isEqualTo(1);
    }

    @Test
    void aDeliveryIsSettledOnce() throws Exception {
        queue(one).put("a");
        Delivery<String> delivery = queue(two).receive();
        assertThatIllegalArgumentException().isThrownBy(() -> delivery.retry(Duration.ofMillis(-1)));
        delivery.done();
        delivery.close();
        assertThatIllegalStateException().isThrownBy(delivery::done).withMessageContaining("orders");
        assertThatIllegalStateException().isThrownBy(() -> delivery.retry(Duration.ZERO));
        assertThat(queue(one).poll()).isNull();

        queue(one).put("b");
        Delivery<String> given = queue(two).receive();
        given.close();
        given.close();
        assertThatIllegalStateException().isThrownBy(given::done);
        assertThat(queue(one).poll()).isEqualTo("b");
        assertThat(queue(one).poll()).isNull();
    }

    @Test
    void anyThreadMaySayThatItIsDone() throws Exception {
        queue(one).put("a");
        Delivery<String> delivery = queue(two).receive();
        inOtherThread(delivery::done);
        assertThat(queue(one).statistics().inWork()).isZero();
    }

    @Test
    void whoLeavesGivesBackWhatItHasInWork() throws Exception {
        queue(one).put("a");
        queue(one).put("b");
        SharedState third = host.open();
        List<Delivery<String>> deliveries = queue(third).receive(2, LONG);
        third.close();
        deliveries.get(0).close();
        assertThatIllegalStateException().isThrownBy(() -> deliveries.get(0).done());
        assertThatIllegalStateException().isThrownBy(() -> queue(third).poll());
        List<Delivery<String>> again = queue(two).receive(5, LONG);
        assertThat(values(again)).containsExactlyInAnyOrder("a", "b");
        assertThat(again).allMatch(Delivery::redelivered).allMatch(delivery -> delivery.attempts() == 2);
    }

    @Test
    void whoComesAfterFindsWhatItsPredecessorHadInWork() throws Exception {
        queue(one).put("a");
        SharedState third = host.open();
        queue(third).receive();
        third.close();
        SharedState successor = host.open();
        assertThat(successor.members().self().ordinal()).isEqualTo(2);
        Delivery<String> again = queue(successor).receive();
        assertThat(again.value()).isEqualTo("a");
        again.done();
    }

    // many at once

    @Test
    void manyAreOfferedAndReceivedAtOnce() throws Exception {
        List<String> all = IntStream.range(0, 100).mapToObj(String::valueOf).toList();
        assertThat(queue(one).offerAll(all, Duration.ZERO)).isTrue();
        assertThat(queue(one).offerAll(List.of(), Duration.ZERO)).isTrue();
        List<Delivery<String>> first = queue(two).receive(60, LONG);
        List<Delivery<String>> rest = queue(two).receive(60, LONG);
        assertThat(values(first)).isEqualTo(all.subList(0, 60));
        assertThat(values(rest)).isEqualTo(all.subList(60, 100));
        first.forEach(Delivery::done);
        rest.forEach(Delivery::close);
        assertThat(values(queue(one).receive(1000, LONG))).hasSize(40).containsAll(all.subList(60, 100));
    }

    @Test
    void allOfABatchAreOfferedOrNone() throws Exception {
        SharedQueue<String> queue = queue(one);
        for (int i = 0; i < 10; i++) {
            queue.put(SIXTEENTH);
        }
        assertThat(queue.offerAll(Collections.nCopies(7, SIXTEENTH), SHORT)).isFalse();
        assertThat(queue.statistics().depth()).isEqualTo(10);
        assertThat(queue.offerAll(Collections.nCopies(6, SIXTEENTH), SHORT)).isTrue();
        assertThat(queue.statistics().depth()).isEqualTo(16);
        assertThatThrownBy(() -> queue.offerAll(Collections.nCopies(13, SIXTEENTH), SHORT))
                .isInstanceOf(ValueTooLargeException.class)
                .hasMessageContaining("offer fewer");
    }

    // a full queue

    @Test
    void aFullQueueRefuses() throws Exception {
        SharedQueue<String> queue = queue(one);
        for (int i = 0; i < 16; i++) {
            assertThat(queue.offer(SIXTEENTH)).isTrue();
        }
        assertThat(queue.offer("")).isFalse();
        assertThat(queue.offer("x", SHORT)).isFalse();
        assertThatThrownBy(() -> queue.add("abc"))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContainingAll("'orders'", "3 bytes", "65536 of 65536", "16 messages", "0 in work");
        assertThat(queue.poll()).isEqualTo(SIXTEENTH);
        assertThat(queue.offer(SIXTEENTH)).isTrue();
    }

    @Test
    void whatIsInWorkKeepsItsRoomSoThatItCanBeGivenBack() throws Exception {
        SharedQueue<String> queue = queue(one);
        for (int i = 0; i < 16; i++) {
            queue.put(i + SIXTEENTH.substring(2));
        }
        List<Delivery<String>> all = queue(two).receive(16, LONG);
        assertThat(queue.offer("x")).isFalse();
        all.get(7).done();
        assertThat(queue.offer(SIXTEENTH)).isTrue();
        assertThat(queue.offer("x")).isFalse();
        all.forEach(delivery -> delivery.close());
        assertThat(queue.statistics().depth()).isEqualTo(16);
        assertThat(values(queue.receive(100, LONG))).hasSize(16).doesNotHaveDuplicates();
    }

    @Test
    void oneThatStaysLongInWorkIsInNobodysWay() throws Exception {
        SharedQueue<String> queue = queue(one);
        queue.put(SIXTEENTH);
        Delivery<String> kept = queue.receive();
        for (int i = 0; i < 200; i++) {
            queue.put(i + SIXTEENTH.substring(3));
            assertThat(queue(two).poll()).startsWith(i + "x");
        }
        assertThat(kept.value()).isEqualTo(SIXTEENTH);
        kept.close();
        assertThat(queue(two).poll()).isEqualTo(SIXTEENTH);
    }

    @Test
    void aTooLargeMessageIsRefused() throws Exception {
        SharedQueue<String> queue = queue(one);
        String largest = "x".repeat(queue.maxMessageSize());
        assertThat(queue.maxMessageSize()).isEqualTo((1 << 14) - 32);
        assertThat(queue.offer(largest)).isTrue();
        List<ThrowingCallable> methods = List.of(
                () -> queue.offer(largest + "x"),
                () -> queue.offer(largest + "x", LONG),
                () -> queue.put(largest + "x"),
                () -> queue.add(largest + "x"),
                () -> queue.offerAll(List.of("fine", largest + "x"), LONG));
        for (ThrowingCallable method : methods) {
            assertThatThrownBy(method)
                    .isInstanceOf(ValueTooLargeException.class)
                    .hasMessageContainingAll("'orders'", "16353 bytes", "16352");
        }
        assertThat(queue(two).poll()).isEqualTo(largest);
        assertThat(queue(two).poll()).isNull();
    }

    @Test
    void nullIsNoMessage() {
        List<ThrowingCallable> methods = List.of(
                () -> queue(one).offer(null),
                () -> queue(one).put(null),
                () -> queue(one).add(null),
                () -> queue(one).offerAll(Arrays.asList("a", null), LONG));
        methods.forEach(method -> assertThatThrownBy(method).isInstanceOf(NullPointerException.class));
        assertThat(queue(one).poll()).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> queue(one).receive(0, LONG));
    }

    // waiting

    @Test
    void aConsumerWaitsForAMessage() throws Exception {
        AtomicReference<String> taken = new AtomicReference<>();
        CompletableFuture<Void> consumer = inThread(() -> taken.set(queue(two).take()));
        await().pollDelay(Duration.ofMillis(50)).until(() -> !consumer.isDone());
        queue(one).put("a");
        consumer.get(30, TimeUnit.SECONDS);
        assertThat(taken).hasValue("a");
    }

    @Test
    void aProducerWaitsForRoom() throws Exception {
        SharedQueue<String> queue = queue(one);
        while (queue.offer(SIXTEENTH)) {}
        CompletableFuture<Void> producer = inThread(() -> queue(two).put("last"));
        await().pollDelay(Duration.ofMillis(50)).until(() -> !producer.isDone());
        queue.take();
        producer.get(30, TimeUnit.SECONDS);
        assertThat(values(queue.receive(100, LONG))).hasSize(16).endsWith("last");
    }

    @Test
    void manyThreadsOfOneProcessWait() throws Exception {
        Set<String> taken = Collections.synchronizedSet(new TreeSet<>());
        List<CompletableFuture<Void>> consumers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            consumers.add(inThread(() -> taken.add(queue(two).take())));
        }
        for (int i = 0; i < 8; i++) {
            queue(one).put("" + i);
        }
        for (CompletableFuture<Void> consumer : consumers) {
            consumer.get(30, TimeUnit.SECONDS);
        }
        assertThat(taken).hasSize(8);
    }

    @Test
    void waitingCanBeInterrupted() throws Exception {
        while (queue(one).offer(SIXTEENTH)) {}
        SharedQueue<String> empty = two.queue("empty", String.class, SMALL);
        List<Action> waits = List.of(
                () -> empty.take(), // the first waits, the others for their turn
                () -> empty.receive(),
                () -> empty.poll(LONG),
                () -> empty.receive(LONG),
                () -> empty.receive(2, LONG),
                () -> queue(two).put("x"),
                () -> queue(two).offer("x", LONG),
                () -> queue(two).offerAll(List.of("x"), LONG));
        List<Thread> threads = new ArrayList<>();
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (Action wait : waits) {
            CountDownLatch begun = new CountDownLatch(1);
            ends.add(inThread(() -> {
                threads.add(Thread.currentThread());
                begun.countDown();
                assertThatThrownBy(wait::run).isInstanceOf(InterruptedException.class);
            }));
            begun.await();
        }
        threads.forEach(Thread::interrupt);
        for (CompletableFuture<Void> end : ends) {
            end.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void whoIsInterruptedDoesNotBeginToWait() throws Exception {
        queue(one).put("a");
        inOtherThread(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> queue(one).take()).isInstanceOf(InterruptedException.class);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> queue(one).put("b")).isInstanceOf(InterruptedException.class);
            Thread.currentThread().interrupt();
            assertThat(queue(one).poll()).isEqualTo("a");
            assertThat(queue(one).offer("c")).isTrue();
        });
        assertThat(queue(two).poll()).isEqualTo("c");
    }

    @Test
    void waitingEndsWhenTheStateIsClosed() throws Exception {
        SharedState third = host.open();
        while (queue(one).offer(SIXTEENTH)) {}
        List<Action> waits = List.of(
                () -> third.queue("empty", String.class, SMALL).take(),
                () -> queue(third).put("x"));
        List<CompletableFuture<Void>> ends = waits.stream()
                .map(wait -> inThread(() -> assertThatIllegalStateException().isThrownBy(wait::run)))
                .toList();
        await().until(() -> two.names(Kind.QUEUE).contains("empty"));
        third.close();
        for (CompletableFuture<Void> end : ends) {
            end.get(30, TimeUnit.SECONDS);
        }
    }

    // dead letters

    private static void failUntilDead(SharedQueue<String> queue) throws InterruptedException {
        for (int i = 0; i < SMALL.maxAttempts(); i++) {
            queue.receive().close();
        }
    }

    @Test
    void whatFailsTooOftenIsADeadLetter() throws Exception {
        queue(one).put("poison");
        queue(one).put("fine");
        try (LogCapture log = LogCapture.of(SharedQueue.class)) {
            failUntilDead(queue(two));
            assertThat(log.warnings()).singleElement().asString().contains("orders", "received 3 times");
        }
        assertThat(queue(one).poll()).isEqualTo("fine");
        assertThat(queue(one).poll()).isNull();
        assertThat(queue(one).statistics())
                .returns(1L, QueueStatistics::deadLetters)
                .returns(0L, QueueStatistics::depth)
                .returns(2L, QueueStatistics::redelivered);
        assertThat(queue(one).deadLetters(10)).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEqualTo("poison");
            assertThat(letter.attempts()).isEqualTo(3);
            assertThat(letter.offered())
                    .isBetween(Instant.now().minusSeconds(120), Instant.now().plusMillis(1));
        });
    }

    @Test
    void aDeadLetterIsPutBackOrRemoved() throws Exception {
        for (String message : List.of("a", "b", "c", "d")) {
            queue(one).put(message);
            failUntilDead(queue(two));
        }
        List<DeadLetter<String>> letters = queue(one).deadLetters(3);
        assertThat(letters).extracting(DeadLetter::value).containsExactly("a", "b", "c");
        assertThat(letters.get(0).remove()).isTrue();
        assertThat(letters.get(0).remove()).isFalse();
        assertThat(letters.get(0).requeue()).isFalse();
        assertThat(letters.get(1).requeue()).isTrue();
        assertThat(letters.get(1).requeue()).isFalse();
        Delivery<String> again = queue(two).receive();
        assertThat(again.value()).isEqualTo("b");
        assertThat(again.attempts()).isEqualTo(1);
        assertThat(again.redelivered()).isTrue();
        again.done();
        assertThat(queue(two).requeueDeadLetters()).isEqualTo(2);
        assertThat(queue(two).deadLetters(10)).isEmpty();
        queue(two).receive().done();
        failUntilDead(queue(one));
        assertThat(queue(one).removeDeadLetters()).isEqualTo(1);
        assertThat(queue(one).removeDeadLetters()).isZero();
        assertThat(queue(one).poll()).isNull();
    }

    @Test
    void aQueueIsFoundWhateverItsType() throws Exception {
        assertThat(one.findQueue("numbers")).isEmpty();
        assertThat(one.names(Kind.QUEUE)).isEmpty();
        SharedQueue<Long> numbers = two.queue("numbers", Long.class, SMALL.maxAttempts(1));
        numbers.add(5L);
        numbers.receive().close();

        SharedQueue<byte[]> found = one.findQueue("numbers").orElseThrow();
        assertThat(found.name()).isEqualTo("numbers");
        assertThat(found.statistics().capacity()).isEqualTo(SMALL.maxSize());
        assertThat(found.deadLetters(10)).singleElement().satisfies(letter -> {
            assertThat(letter.attempts()).isEqualTo(1);
            assertThat(letter.value()).hasSize(8);
        });
        assertThat(found.requeueDeadLetters()).isEqualTo(1);
        assertThat(numbers.poll()).isEqualTo(5L);
    }

    @Test
    void deadLettersKeepTheirRoom() throws Exception {
        SharedQueue<String> queue = queue(one);
        while (queue.offer(SIXTEENTH)) {}
        for (int i = 0; i < 3; i++) {
            queue(two).receive(16, LONG).forEach(Delivery::close);
        }
        assertThatThrownBy(() -> queue.add("x")).hasMessageContaining("16 dead letters");
        queue.deadLetters(1).get(0).remove();
        assertThat(queue.offer(SIXTEENTH)).isTrue();
        assertThat(queue.removeDeadLetters()).isEqualTo(15);
        assertThat(queue.poll()).isEqualTo(SIXTEENTH);
    }

    // codecs

    @Test
    void whatCanNotBeReadBecomesADeadLetterAndTheRestGoesOn() throws Exception {
        SharedQueue<String> queue = picky(one);
        queue.put("bad");
        queue.put("good");
        assertThatThrownBy(() -> picky(two).poll())
                .isInstanceOf(CodecException.class)
                .hasMessageContainingAll("'picky'", "3 bytes", "received 1 times", "can't read bad");
        assertThatThrownBy(() -> picky(two).take()).isInstanceOf(CodecException.class);
        try (Delivery<String> delivery = picky(two).receive()) {
            assertThatThrownBy(delivery::value).isInstanceOf(CodecException.class);
        }
        assertThat(picky(two).poll()).isEqualTo("good");
        assertThat(queue.statistics().deadLetters()).isEqualTo(1);
        DeadLetter<String> letter = queue.deadLetters(1).get(0);
        assertThatThrownBy(letter::value).isInstanceOf(CodecException.class);
        assertThat(letter.remove()).isTrue();
    }

    @Test
    void whatCanNotBeWrittenGoesToTheCaller() throws Exception {
        assertThatThrownBy(() -> picky(one).put("refused")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> picky(one).offerAll(List.of("a", "refused"), LONG))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(picky(two).poll()).isNull();
        one.queue("numbers", Long.class, SMALL).put(5L);
        assertThat(two.queue("numbers", Long.class, SMALL).take()).isEqualTo(5L);
        assertThatThrownBy(() -> two.queue("numbers", String.class, SMALL))
                .isInstanceOf(FormatException.class)
                .hasMessageContainingAll("'int64'", "'utf-8'");
    }

    @Test
    void eachReceiverHasACopyOfItsOwn() throws Exception {
        SharedQueue<byte[]> queue = one.queue("bytes", byte[].class, SMALL);
        byte[] given = {1, 2};
        queue.put(given);
        given[0] = 9;
        Delivery<byte[]> first = queue.receive();
        first.value()[1] = 9;
        first.close();
        assertThat(two.queue("bytes", byte[].class, SMALL).take()).containsExactly(1, 2);
    }

    // the whole

    @Test
    void statisticsSayWhatIsInAQueueWhateverItsType() throws Exception {
        assertThat(one.queueStatistics("orders")).isEmpty();
        SharedQueue<String> queue = queue(one);
        queue.put("a");
        queue.put("b");
        queue.receive();
        await().until(() -> !queue.statistics().oldestAge().isZero());
        QueueStatistics statistics = two.queueStatistics("orders").orElseThrow();
        assertThat(statistics.depth()).isEqualTo(1);
        assertThat(statistics.inWork()).isEqualTo(1);
        assertThat(statistics.deadLetters()).isZero();
        assertThat(statistics.oldestAge()).isBetween(Duration.ofMillis(1), Duration.ofMinutes(2));
        assertThat(statistics.redelivered()).isZero();
        assertThat(statistics.bytes()).isEqualTo(128);
        assertThat(statistics.capacity()).isEqualTo(QueueOptions.MIN_SIZE);
    }

    @Test
    void aRemovedQueueBeginsAnew() throws Exception {
        SharedQueue<String> queue = queue(one);
        queue.put("gone");
        queue.put("in work");
        queue(two).receive();
        Delivery<String> delivery = queue(two).receive();
        assertThat(one.remove(Kind.QUEUE, "orders")).isTrue();
        assertThat(one.remove(Kind.QUEUE, "orders")).isFalse();
        assertThat(one.queueStatistics("orders")).isEmpty();
        assertThat(queue(two).poll()).isNull();
        queue.put("new");
        delivery.done();
        assertThat(queue(two).take()).isEqualTo("new");
    }

    @Test
    void whoWaitsWhileAQueueIsRemovedGetsWhatComesToTheNewOne() throws Exception {
        AtomicReference<String> taken = new AtomicReference<>();
        CompletableFuture<Void> consumer = inThread(() -> taken.set(queue(two).take()));
        await().until(() -> one.remove(Kind.QUEUE, "orders"));
        queue(one).put("new");
        consumer.get(30, TimeUnit.SECONDS);
        assertThat(taken).hasValue("new");
    }

    @Test
    void whatExistsKeepsItsSize() throws Exception {
        queue(one).put("a");
        try (LogCapture log = LogCapture.of(SharedState.class)) {
            SharedQueue<String> larger = two.queue("orders", String.class, SMALL.maxSize(1 << 20));
            assertThat(larger.statistics().capacity()).isEqualTo(QueueOptions.MIN_SIZE);
            assertThat(larger.take()).isEqualTo("a");
            assertThat(log.warnings()).singleElement().asString().contains("65536", "1048576");
        }
    }

    @Test
    void optionsAreChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QueueOptions.DEFAULT.maxSize(QueueOptions.MIN_SIZE - 1))
                .withMessageContaining("65535");
        assertThatIllegalArgumentException().isThrownBy(() -> QueueOptions.DEFAULT.maxSize(QueueOptions.MAX_SIZE + 1));
        assertThatIllegalArgumentException().isThrownBy(() -> QueueOptions.DEFAULT.maxAttempts(0));
        assertThatIllegalArgumentException().isThrownBy(() -> QueueOptions.DEFAULT.maxAttempts(256));
    }

    @Test
    void aQueueOfDefaultSizeHoldsManyMessages() throws Exception {
        SharedQueue<byte[]> queue = one.queue("large", byte[].class);
        List<byte[]> batch = Collections.nCopies(1000, new byte[100]);
        for (int i = 0; i < 21; i++) {
            assertThat(queue.offerAll(batch, Duration.ZERO)).isTrue();
        }
        assertThat(queue.statistics().depth()).isEqualTo(21_000);
    }

    @Test
    void manyProducersAndConsumersLoseNothingAndKeepTheOrder() throws Exception {
        int producers = 4;
        int messages = engine.rounds(3_000);
        ConcurrentLinkedQueue<List<Long>> received = new ConcurrentLinkedQueue<>();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < producers; i++) {
            long producer = i;
            SharedQueue<Long> queue = (i % 2 == 0 ? one : two).queue("numbers", Long.class, SMALL);
            all.add(inThread(() -> {
                for (long number = 0; number < messages; number++) {
                    queue.put(producer << 32 | number);
                }
            }));
            all.add(inThread(() -> {
                List<Long> mine = new ArrayList<>();
                while (mine.size() < messages) {
                    for (Delivery<Long> delivery : queue.receive(Math.min(7, messages - mine.size()), LONG)) {
                        mine.add(delivery.value());
                        delivery.done();
                    }
                }
                received.add(mine);
            }));
        }
        for (CompletableFuture<Void> end : all) {
            end.get(60, TimeUnit.SECONDS);
        }
        assertThat(received.stream().flatMap(List::stream))
                .hasSize(producers * messages)
                .doesNotHaveDuplicates();
        for (List<Long> one : received) {
            Map<Long, Long> last = new HashMap<>();
            one.forEach(number -> {
                Long before = last.put(number >> 32, number);
                assertThat(number).isGreaterThan(before == null ? -1 : before);
            });
        }
    }

    @Test
    void bytesOfAnyLengthComeThrough() throws Exception {
        SharedQueue<byte[]> queue = one.queue("bytes", byte[].class, SMALL);
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            Arrays.fill(bytes, (byte) length);
            queue.put(bytes);
            assertThat(ByteBuffer.wrap(two.queue("bytes", byte[].class, SMALL).take()))
                    .isEqualTo(ByteBuffer.wrap(bytes));
        }
    }

    @Test
    void outlivesAllMembers() {
        one.queue("kept", String.class).add("kept");
        one.close();
        two.close();
        assertThat(host.open().queue("kept", String.class).poll()).isEqualTo("kept");
    }
}
