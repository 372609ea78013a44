package io.sharedstate.sample;

import io.sharedstate.Member;
import io.sharedstate.SharedState;
import jakarta.servlet.http.HttpSession;
import java.security.Principal;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Who is logged in, and what the session holds, in whichever process. */
@RestController
@RequestMapping("/account")
class AccountController {

    private static final String FAVOURITE = "favourite";

    private final BoxOffices boxOffices;
    private final Member self;

    AccountController(BoxOffices boxOffices, SharedState state) {
        this.boxOffices = boxOffices;
        self = state.members().self();
    }

    @GetMapping
    Account account(Principal customer, HttpSession session) {
        return new Account(customer.getName(), (String) session.getAttribute(FAVOURITE), self.ordinal());
    }

    @PutMapping("/favourite/{event}")
    Account like(@PathVariable String event, Principal customer, HttpSession session) {
        session.setAttribute(FAVOURITE, boxOffices.of(event).event().event());
        return account(customer, session);
    }

    /** @param member the ordinal of the process that answers */
    record Account(String customer, @Nullable String favourite, int member) {}
}
