package io.sharedstate.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestBuilders.formLogin;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.csrf;
import static org.springframework.security.test.web.servlet.request.SecurityMockMvcRequestPostProcessors.user;

import io.sharedstate.SharedState;
import jakarta.servlet.http.Cookie;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
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

@SpringBootTest({
    "shop.events.opening.seats=10",
    "shop.events.encore.seats=1",
    "shop.events.spare.seats=2",
    "shop.forecast-takes=1ms",
    "shop.mail-takes=1ms",
    "shop.prices-every=100ms",
    "sharedstate.rate-limiters.searches.per=1h"
})
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
                .isEqualTo("no event 'finale'; there are [concert, encore, lecture, opening, spare]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "a\u0007b", "a name that is longer than the forty characters there are"})
    void aNameThatCannotBeRecordedIsABadRequest(String buyer) {
        assertThat(buy("concert", buyer)).hasStatus(HttpStatus.BAD_REQUEST);
    }

    @Test
    void ordersAndAccountsAreForThoseWhoAreLoggedIn() {
        assertThat(mvc.get().uri("/account")).hasStatus(HttpStatus.UNAUTHORIZED);
        assertThat(mvc.post().uri("/orders").with(csrf()).param("event", "concert"))
                .hasStatus(HttpStatus.UNAUTHORIZED);
        assertThat(mvc.post().uri("/orders").with(user("ann")).param("event", "concert"))
                .hasStatus(HttpStatus.FORBIDDEN);
    }

    @Test
    void aLoginIsASessionThatRemembers() {
        Cookie session =
                Objects.requireNonNull(mvc.perform(formLogin().user("ann").password("tickets"))
                        .getResponse()
                        .getCookie("SESSION"));

        assertThat(mvc.put().uri("/account/favourite/concert").cookie(session).with(csrf()))
                .hasStatusOk();
        assertThat(mvc.get().uri("/account").cookie(session))
                .hasStatusOk()
                .bodyJson()
                .isLenientlyEqualTo("""
                        {"customer": "ann", "favourite": "concert"}""");
        assertThat(mvc.perform(formLogin().user("ann").password("wrong"))).hasStatus(HttpStatus.UNAUTHORIZED);
    }

    @Test
    void anOrderThatIsSentAgainIsAnsweredAgain() {
        assertThat(order(null)).hasStatus(HttpStatus.BAD_REQUEST);

        MvcTestResult first = order("1");
        MvcTestResult again = order("1");

        assertThat(first).hasStatus(HttpStatus.CREATED).doesNotContainHeader("Idempotency-Replayed");
        assertThat(again)
                .hasStatus(HttpStatus.CREATED)
                .hasHeader("Location", "/tickets/lecture")
                .hasHeader("Idempotency-Replayed", "true")
                .bodyJson()
                .isStrictlyEqualTo("""
                        {"event": "lecture", "seat": 1, "buyer": "eve"}""");
        assertThat(mvc.get().uri("/orders").with(user("eve"))).bodyJson().isStrictlyEqualTo("""
                        [{"event": "lecture", "seat": 1, "buyer": "eve"}]""");
    }

    private MvcTestResult order(@Nullable String key) {
        var request = mvc.post().uri("/orders").with(csrf()).with(user("eve")).param("event", "lecture");
        return (key == null ? request : request.header("Idempotency-Key", key)).exchange();
    }

    @Test
    void anOrderIsConfirmed() {
        assertThat(mvc.post()
                        .uri("/orders")
                        .with(csrf())
                        .with(user("joe"))
                        .param("event", "concert")
                        .header("Idempotency-Key", "joe"))
                .hasStatus(HttpStatus.CREATED);

        await().untilAsserted(
                        () -> assertThat(mvc.get().uri("/orders/confirmed").with(user("joe")))
                                .bodyJson()
                                .isLenientlyEqualTo("""
                        [{"ticket": {"event": "concert", "buyer": "joe"}, "redelivered": false, "sentBy": 0}]"""));
        assertThat(mvc.get().uri("/orders/confirmed").with(user("nobody")))
                .bodyJson()
                .isStrictlyEqualTo("[]");
    }

    @Test
    void pricesFollowTheDemand() {
        await().untilAsserted(() ->
                assertThat(mvc.get().uri("/prices")).hasStatusOk().bodyJson().isLenientlyEqualTo("""
                        {"prices": {"setBy": 0, "cents": {"spare": 2000}}, "member": 0}"""));

        assertThat(buy("spare", "ann")).hasStatus(HttpStatus.CREATED);

        await().untilAsserted(() -> assertThat(mvc.get().uri("/prices"))
                .bodyJson()
                .extractingPath("$.prices.cents.spare")
                .isEqualTo(3000));
    }

    @Test
    void aForecastIsAskedForOnce() {
        assertThat(mvc.get().uri("/forecasts/concert")).hasStatusOk();
        long asked = state.counter("forecasts").get();

        assertThat(mvc.get().uri("/forecasts/concert"))
                .bodyJson()
                .extractingPath("$.number")
                .isEqualTo((int) asked);
        assertThat(mvc.get().uri("/forecasts/finale")).hasStatus(HttpStatus.NOT_FOUND);
        assertThat(state.counter("forecasts").get()).isEqualTo(asked);
    }

    @Test
    void aClientThatSearchesTooOftenIsToldWhenToComeBack() {
        assertThat(mvc.get().uri("/search").param("buyer", "nobody"))
                .hasStatusOk()
                .bodyJson()
                .isStrictlyEqualTo("[]");
        for (int i = 1; i < 10; i++) {
            assertThat(mvc.get().uri("/search").param("buyer", "nobody")).hasStatusOk();
        }
        assertThat(mvc.get().uri("/search").param("buyer", "nobody"))
                .hasStatus(HttpStatus.TOO_MANY_REQUESTS)
                .hasHeader("Retry-After", "360");
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
