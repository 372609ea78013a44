package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.SharedStateEvent.MemberJoined;
import io.sharedstate.SharedStateEvent.MemberLeft;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MembersTests extends TwoMembers {

    @Test
    void eachHasTheLowestFreeOrdinalAndAnIncarnationOfItsOwn() {
        Member first = one.members().self();
        Member second = two.members().self();
        assertThat(first.ordinal()).isZero();
        assertThat(second.ordinal()).isEqualTo(1);
        assertThat(second.incarnation()).isGreaterThan(first.incarnation());
        assertThat(first.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(first.started()).isBetween(Instant.now().minus(Duration.ofMinutes(5)), Instant.now());
        assertThat(first.address()).isNull();
        assertThat(one.members().all()).containsExactly(first, second);
        assertThat(two.members().all()).containsExactly(first, second);
        assertThat(one.members().capacity())
                .isBetween(2, 1024)
                .isEqualTo(two.members().capacity());
    }

    @Test
    void aSuccessorGetsTheOrdinalBackWithAHigherIncarnation() {
        Member left = one.members().self();
        long highest = two.members().self().incarnation();
        one.close();
        assertThat(two.members().all()).containsExactly(two.members().self());
        Member successor = host.open().members().self();
        assertThat(successor.ordinal()).isEqualTo(left.ordinal());
        assertThat(successor.incarnation()).isGreaterThan(highest);
    }

    @Test
    void anIncarnationIsAliveUntilItLeavesAlsoIfItsOrdinalHasASuccessor() {
        long left = one.members().self().incarnation();
        assertThat(one.members().isAlive(left)).isTrue();
        assertThat(two.members().isAlive(left)).isTrue();
        one.close();
        assertThat(two.members().isAlive(left)).isFalse();
        Member successor = host.open().members().self();
        assertThat(two.members().isAlive(left)).isFalse();
        assertThat(two.members().isAlive(successor.incarnation())).isTrue();
        assertThat(two.members().isAlive(0)).isFalse();
        assertThat(two.members().isAlive(successor.incarnation() + 1)).isFalse();
    }

    @Test
    void anAnnouncedAddressIsSeenByAll() {
        two.members().announce("host.example:8080");
        assertThat(one.members().all()).extracting(Member::address).containsExactly(null, "host.example:8080");
        two.members().announce("x".repeat(80));
        assertThat(two.members().self().address()).hasSize(80);
        assertThatThrownBy(() -> two.members().announce("x".repeat(81)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("81 bytes, at most 80");
        assertThat(one.members().all().get(1).address()).hasSize(80);
    }

    @Test
    void aSuccessorDoesNotInheritTheAddress() {
        two.members().announce("host:1");
        two.close();
        host.open();
        assertThat(one.members().all()).extracting(Member::address).containsOnlyNulls();
    }

    @Test
    void anAnnouncedVersionIsSeenByAll() {
        two.members().announce("host:1");
        two.members().announceVersion("2.7.1");
        assertThat(one.members().all()).extracting(Member::version).containsExactly(null, "2.7.1");
        assertThat(two.members().self())
                .returns("2.7.1", Member::version)
                .returns("host:1", Member::address)
                .isEqualTo(one.members().all().get(1));
        assertThatThrownBy(() -> two.members().announceVersion("x".repeat(81)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("81 bytes, at most 80");
        two.close();
        host.open();
        assertThat(one.members().all()).extracting(Member::version).containsOnlyNulls();
    }

    @Test
    void whoLivesShowsSignsOfLife() {
        one.members().announce("host:1");
        two.members().announce("host:2");
        List<Duration> silences = new ArrayList<>();
        await().until(() -> {
            Duration silence = one.members().all().get(1).silence();
            boolean heard = !silences.isEmpty() && silence.compareTo(silences.get(silences.size() - 1)) < 0;
            silences.add(silence);
            return heard;
        });
        assertThat(silences).allSatisfy(silence -> assertThat(silence).isGreaterThanOrEqualTo(Duration.ZERO));
        assertThat(one.members().all()).noneMatch(Member::isHung);
    }

    @Test
    void whoIsSilentForLongIsHung() {
        Member self = one.members().self();
        assertThat(after(self, Member.HUNG_AFTER).isHung()).isFalse();
        assertThat(after(self, Member.HUNG_AFTER.plusMillis(1)))
                .returns(true, Member::isHung)
                .isEqualTo(self)
                .hasSameHashCodeAs(self);
    }

    private static Member after(Member member, Duration silence) {
        return new Member(
                member.ordinal(),
                member.incarnation(),
                member.pid(),
                member.started(),
                member.surroundings(),
                "elsewhere:1",
                member.listeners(),
                "1",
                silence);
    }

    @Test
    void allSeeWhereAMemberRuns() {
        assertThat(one.members().self().surroundings()).isEqualTo(Surroundings.own());
        assertThat(one.members().all()).extracting(Member::surroundings).containsOnly(Surroundings.own());
    }

    @Test
    void announcedListenersAreSeenByAllUntilOthersAreAnnounced() {
        two.members().announceListeners(List.of(4711L, 4712L));
        assertThat(one.members().all()).extracting(Member::listeners).containsExactly(List.of(), List.of(4711L, 4712L));
        List<Long> most = LongStream.rangeClosed(1, 16).boxed().toList();
        two.members().announceListeners(most);
        assertThat(one.members().all().get(1).listeners()).isEqualTo(most);
        two.members().announceListeners(List.of(4713L));
        assertThat(two.members().self().listeners()).containsExactly(4713L);
        two.members().announceListeners(List.of());
        assertThat(one.members().all()).extracting(Member::listeners).containsOnly(List.of());
    }

    @Test
    void listenersThatDoNotFitAreRefused() {
        List<Long> tooMany = LongStream.rangeClosed(1, 17).boxed().toList();
        for (List<Long> inodes : List.of(tooMany, List.of(1L, 0L))) {
            assertThatThrownBy(() -> two.members().announceListeners(inodes))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(inodes.toString())
                    .hasMessageContaining("at most 16, none of them 0");
        }
        assertThat(two.members().self().listeners()).isEmpty();
    }

    @Test
    void aSuccessorDoesNotInheritTheListeners() {
        two.members().announceListeners(List.of(4711L));
        two.close();
        host.open();
        assertThat(one.members().all()).hasSize(2).extracting(Member::listeners).containsOnly(List.of());
    }

    @Test
    void joiningAndLeavingIsToldToTheOthersInOrder() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        one.addListener(event -> {
            throw new IllegalStateException("a listener that fails is in nobody's way");
        });
        one.addListener(events::add);
        SharedState third = host.open();
        Member joined = third.members().self();
        await().until(() -> events.contains(new MemberJoined(joined)));
        third.close();
        await().until(() -> events.contains(new MemberLeft(joined)));
        assertThat(events).endsWith(new MemberJoined(joined), new MemberLeft(joined));
    }

    @Test
    void aMemberThatIsReplacedAtOnceIsToldAsTwo() {
        List<SharedStateEvent> events = new CopyOnWriteArrayList<>();
        one.addListener(events::add);
        SharedState third = host.open();
        Member before = third.members().self();
        await().until(() -> events.contains(new MemberJoined(before)));
        third.close();
        Member after = host.open().members().self();
        assertThat(after.ordinal()).isEqualTo(before.ordinal());
        await().until(() -> events.contains(new MemberJoined(after)));
        assertThat(events).endsWith(new MemberLeft(before), new MemberJoined(after));
    }

    @Test
    void announcingOnceClosedIsRefused() {
        two.close();
        assertThatThrownBy(() -> two.members().announce("host:1")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> two.members().announceVersion("1")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> two.members().announceListeners(List.of(1L)))
                .isInstanceOf(IllegalStateException.class);
    }
}
