package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.LogCapture;
import io.sharedstate.SharedState;
import io.sharedstate.TooManyMembersException;
import org.junit.jupiter.api.Test;

/** How many members there may be, which is said when a state is created. */
class MemberCapacityTests extends TwoMappedMembers {

    @Test
    void oneTooManyIsRefusedWithTheNumberAndTheProperty() throws Exception {
        try (var small = otherMemory()) {
            small.open(settings -> settings.maxMembers(2));
            SharedState second = small.open(settings -> settings.maxMembers(2));
            assertThat(second.members().capacity()).isEqualTo(2);
            assertThatThrownBy(() -> small.open(settings -> settings.maxMembers(2)))
                    .isInstanceOf(TooManyMembersException.class)
                    .hasMessageContaining("all 2 places")
                    .hasMessageContaining("sharedstate.mapped.max-members");
            second.close();
            assertThat(small.open(settings -> settings.maxMembers(2))
                            .members()
                            .self()
                            .ordinal())
                    .isEqualTo(1);
        }
    }

    @Test
    void theCapacityOfItsCreationStandsWithAWarning() throws Exception {
        try (var small = otherMemory();
                var log = LogCapture.of(SharedState.class)) {
            small.open(settings -> settings.maxMembers(3));
            assertThat(log.warnings()).isEmpty();
            SharedState other = small.open(settings -> settings.maxMembers(5));
            assertThat(other.members().capacity()).isEqualTo(3);
            assertThat(log.warnings()).singleElement().asString().contains("3 members", "5 are configured", "move");
        }
    }

    @Test
    void maxMembersOutOfRangeIsRefused() {
        assertThatThrownBy(() -> memory().open(settings -> settings.maxMembers(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 1 to 1024");
        assertThatThrownBy(() -> memory().open(settings -> settings.maxMembers(1025)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
