package io.sharedstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.CodecException;
import java.io.Serializable;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.security.web.csrf.DefaultCsrfToken;
import org.springframework.security.web.savedrequest.DefaultSavedRequest;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.servlet.FlashMap;

class AttributeSerializerTests {

    private static AttributeSerializer serializer(String patterns, String... packages) {
        return AttributeSerializer.ofSerializable(
                patterns, List.of(packages), AttributeSerializerTests.class.getClassLoader());
    }

    private static Object copied(AttributeSerializer serializer, Object value) {
        return serializer.deserialize("a", serializer.serialize("a", value));
    }

    static Stream<Object> usual() {
        MockHttpServletRequest request = new MockHttpServletRequest("GET", "/orders");
        request.addHeader("Accept", "text/html");
        request.addParameter("page", "1");
        request.setSession(null);
        User user = new User("ann", "secret", AuthorityUtils.createAuthorityList("ROLE_USER"));
        UsernamePasswordAuthenticationToken token =
                UsernamePasswordAuthenticationToken.authenticated(user, null, user.getAuthorities());
        token.setDetails(new WebAuthenticationDetails("127.0.0.1", "before"));
        return Stream.of(
                new SecurityContextImpl(token),
                new DefaultCsrfToken("X-CSRF-TOKEN", "_csrf", "token"),
                new DefaultSavedRequest(request),
                new BadCredentialsException("bad"),
                new CopyOnWriteArrayList<>(List.of(new FlashMap())),
                new LinkedMultiValueMap<>(Map.of("a", List.of("b"))),
                new ArrayList<>(Arrays.asList(1, 2L, 'c', 1.5, true, null)),
                Map.of("a", List.of(Instant.EPOCH, URI.create("/a"), Locale.GERMAN)),
                new long[] {1},
                new String[][] {{"a"}},
                Thread.State.NEW);
    }

    @ParameterizedTest
    @MethodSource("usual")
    void allowsWhatSpringAndTheJdkKeepInSessions(Object value) {
        assertThat(copied(serializer(null), value)).hasSameClassAs(value);
    }

    record Cart(int items) implements Serializable {}

    @Test
    void allowsClassesOfTheApplication() {
        assertThat(copied(serializer(null, "io.sharedstate.autoconfigure"), List.of(new Cart(1))))
                .isEqualTo(List.of(new Cart(1)));
    }

    @Test
    void refusesAllOthersWhetherWrittenOrRead() {
        byte[] bytes = serializer(null, "io.sharedstate").serialize("cart", new Cart(1));
        AttributeSerializer other = serializer(null, "io.shared", "");
        for (Object hidden : List.of(new Cart(1), List.of(new Cart(1)), new Cart[] {new Cart(1)})) {
            assertThatThrownBy(() -> other.serialize("cart", hidden))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Cart.class.getName())
                    .hasMessageContaining("not allowed by 'sharedstate.session.serial-filter'");
        }
        assertThatThrownBy(() -> other.deserialize("cart", bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(Cart.class.getName() + "; not allowed by 'sharedstate.session.serial-filter'");
    }

    @Test
    void patternsOfTheApplicationCountFirst() {
        assertThat(copied(serializer("io.sharedstate.**"), new Cart(1))).isEqualTo(new Cart(1));
        assertThat(copied(serializer("*"), new Cart(1))).isEqualTo(new Cart(1));
        assertThatThrownBy(() -> serializer("!java.util.Locale").serialize("a", Locale.GERMAN))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void saysWhichClassIsGone() {
        byte[] bytes = serializer(null, "io.sharedstate").serialize("cart", new Cart(1));
        AttributeSerializer elsewhere = AttributeSerializer.ofSerializable(
                null, List.of("io.sharedstate"), ClassLoader.getPlatformClassLoader());
        assertThatThrownBy(() -> elsewhere.deserialize("cart", bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("session attribute 'cart'")
                .hasMessageContaining(Cart.class.getName());
    }
}
