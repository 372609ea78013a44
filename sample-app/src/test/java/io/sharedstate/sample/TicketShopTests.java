package io.sharedstate.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@SpringBootTest({"shop.events.opening.seats=10", "shop.events.encore.seats=1"})
@AutoConfigureMockMvc
class TicketShopTests {

    @Autowired
    private MockMvcTester mvc;

    @Autowired
    private SharedState state;

    @Test
    void aHitIsCountedInTheSharedStateAndInTheProcess() {
        int before = (int) state.counter("hits").get();
        int ordinal = state.members().self().ordinal();
        int pid = (int) ProcessHandle.current().pid();

        assertThat(mvc.post().uri("/hits"))
                .hasStatusOk()
                .bodyJson()
                .isStrictlyEqualTo(hits(before + 1, 1, ordinal, pid));
        assertThat(mvc.post().uri("/hits")).bodyJson().isStrictlyEqualTo(hits(before + 2, 2, ordinal, pid));
        assertThat(mvc.get().uri("/hits")).bodyJson().isStrictlyEqualTo(hits(before + 2, 2, ordinal, pid));
    }

    private static String hits(int value, int local, int member, int pid) {
        return """
                {"value": %d, "local": %d, "member": %d, "pid": %d}""".formatted(value, local, member, pid);
    }

    @Test
    void aTicketIsRecordedWithItsBuyer() {
        assertThat(buy("opening", "ann"))
                .hasStatus(HttpStatus.CREATED)
                .bodyJson()
                .isStrictlyEqualTo("""
                {"event": "opening", "seat": 1, "buyer": "ann"}""");
        assertThat(mvc.get().uri("/tickets/opening")).hasStatusOk().bodyJson().isStrictlyEqualTo("""
                {"event": "opening", "seats": 10, "stock": 9, "tickets": [{"event": "opening", "seat": 1, "buyer": "ann"}]}""");
    }

    @Test
    void aSoldOutEventIsAConflict() {
        assertThat(buy("encore", "ann")).hasStatus(HttpStatus.CREATED);

        assertThat(buy("encore", "bob"))
                .hasStatus(HttpStatus.CONFLICT)
                .hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
                .bodyJson()
                .extractingPath("$.detail")
                .isEqualTo("'encore' is sold out");
    }

    @Test
    void anUnknownEventIsNotFound() {
        assertThat(buy("finale", "ann"))
                .hasStatus(HttpStatus.NOT_FOUND)
                .hasContentType(MediaType.APPLICATION_PROBLEM_JSON)
                .bodyJson()
                .extractingPath("$.detail")
                .isEqualTo("no event 'finale'; there are [concert, encore, lecture, opening]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "a\u0007b", "a name that is longer than the forty characters there are"})
    void aNameThatCannotBeRecordedIsABadRequest(String buyer) {
        assertThat(buy("concert", buyer)).hasStatus(HttpStatus.BAD_REQUEST);
    }

    @Test
    void theActuatorShowsIt() {
        assertThat(mvc.get().uri("/actuator/sharedstate"))
                .hasStatusOk()
                .bodyText()
                .contains("hits", "tickets.concert");
        assertThat(mvc.get().uri("/actuator/health/readiness")).hasStatusOk();
    }

    private MvcTestResult buy(String event, String buyer) {
        return mvc.post().uri("/tickets/" + event).param("buyer", buyer).exchange();
    }
}
