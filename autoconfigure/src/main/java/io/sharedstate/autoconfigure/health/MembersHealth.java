package io.sharedstate.autoconfigure.health;

import io.sharedstate.Member;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshot;
import io.sharedstate.autoconfigure.snapshot.MemberSnapshots;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.contributor.Status;

/**
 * The last health of every member: its status, and which of its components aren't up. It is told as a line with the former, and one for each of
 * the latter.
 */
final class MembersHealth {

    private final SharedState state;
    private final MemberSnapshots snapshots;

    MembersHealth(SharedState state, MemberSnapshots snapshots) {
        this.state = state;
        this.snapshots = snapshots;
    }

    /** Tells the others this member's own. */
    void tell(HealthDescriptor health) {
        StringBuilder lines = new StringBuilder(health.getStatus().getCode());
        describe("", health, lines);
        snapshots.tell(lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static void describe(String path, HealthDescriptor health, StringBuilder lines) {
        if (health instanceof CompositeHealthDescriptor composite && composite.getComponents() != null) {
            composite.getComponents().forEach((name, component) -> {
                if (!component.getStatus().equals(Status.UP)) {
                    lines.append('\n')
                            .append(component.getStatus().getCode())
                            .append(' ')
                            .append(path)
                            .append(name);
                }
                describe(path + name + "/", component, lines);
            });
        }
    }

    /** Of those who live, by ordinal. */
    Map<String, MemberHealth> all() {
        SortedMap<Integer, MemberSnapshot> told = snapshots.all();
        Map<String, MemberHealth> all = new LinkedHashMap<>();
        for (Member member : state.members().all()) {
            MemberSnapshot snapshot = told.get(member.ordinal());
            all.put(
                    Integer.toString(member.ordinal()),
                    snapshot == null || snapshot.incarnation() != member.incarnation()
                            ? new MemberHealth(Status.UNKNOWN.getCode(), Map.of(), null)
                            : read(snapshot));
        }
        return all;
    }

    private MemberHealth read(MemberSnapshot snapshot) {
        List<String> lines =
                new String(snapshot.content(), StandardCharsets.UTF_8).lines().toList();
        Map<String, String> components = new LinkedHashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int space = line.indexOf(' ');
            components.put(line.substring(space + 1), line.substring(0, space));
        }
        return new MemberHealth(lines.get(0), components, Duration.between(snapshot.taken(), snapshots.now()));
    }

    /**
     * The last health of a member.
     *
     * @param components the status of those that aren't up
     * @param age how long ago it was found out; null if it hasn't been yet
     */
    record MemberHealth(
            String status,
            Map<String, String> components,
            @Nullable Duration age) {}
}
