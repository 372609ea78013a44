package io.sharedstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sharedstate.mapped.MappedEngine;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionEvent;
import jakarta.servlet.http.HttpSessionListener;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.Session;
import org.springframework.session.events.AbstractSessionEvent;
import org.springframework.session.events.SessionCreatedEvent;
import org.springframework.session.events.SessionDeletedEvent;
import org.springframework.session.events.SessionExpiredEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Two instances of an application with a login, on real servers and one directory. */
@Timeout(120)
class SharedSessionServerTests {

    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<ConfigurableApplicationContext> instances = new ArrayList<>();
    private final Seen seen = new Seen();
    private final Hold hold = new Hold();
    private String cookie = "";

    @AfterEach
    void stop() {
        instances.forEach(ConfigurableApplicationContext::close);
    }

    private URI start(String... properties) {
        ConfigurableApplicationContext instance = new SpringApplicationBuilder(App.class)
                .initializers(context -> {
                    context.getBeanFactory().registerSingleton("seen", seen);
                    context.getBeanFactory().registerSingleton("hold", hold);
                    context.getBeanFactory()
                            .registerSingleton(
                                    "state",
                                    MappedEngine.at(directory.resolve("state")).open());
                })
                .properties("spring.main.banner-mode=off", "server.port=0", "sharedstate.session.enabled=true")
                .properties(properties)
                .run();
        instances.add(instance);
        return URI.create("http://localhost:"
                + ((WebServerApplicationContext) instance).getWebServer().getPort());
    }

    private HttpRequest.Builder request(URI to, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(to.resolve(path));
        if (!cookie.isEmpty()) {
            request.header("Cookie", cookie);
        }
        return request;
    }

    /** As a browser does: keeps the cookie. */
    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
        for (String header : response.headers().allValues("Set-Cookie")) {
            HttpCookie set = HttpCookie.parse(header).get(0);
            cookie = set.getMaxAge() == 0 ? "" : set.getName() + "=" + set.getValue();
        }
        return response;
    }

    private HttpResponse<String> get(URI to, String path) throws Exception {
        return send(request(to, path));
    }

    private HttpResponse<String> login(URI to, String user) throws Exception {
        return send(request(to, "/login")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString("username=" + user + "&password=secret")));
    }

    private static void assertOk(HttpResponse<String> response, String body) {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(body);
    }

    @Test
    void whoLogsInToOneInstanceIsLoggedInToAllAndOutOfAll() throws Exception {
        URI one = start();
        URI two = start();
        assertThat(get(one, "/me").statusCode()).isEqualTo(401);
        get(one, "/set?name=cart&value=tea");
        String anonymous = cookie;
        assertThat(login(one, "ann").statusCode()).isEqualTo(200);
        assertThat(cookie).as("session fixation").isNotEqualTo(anonymous);
        assertOk(get(two, "/me"), "ann");
        assertOk(get(two, "/get?name=cart"), "tea");
        String loggedIn = cookie;

        cookie = anonymous;
        assertThat(get(two, "/me").statusCode()).isEqualTo(401);
        assertThat(get(one, "/me").statusCode()).isEqualTo(401);

        cookie = loggedIn;
        send(request(two, "/logout").POST(BodyPublishers.noBody()));
        cookie = loggedIn;
        assertThat(get(one, "/me").statusCode()).isEqualTo(401);
    }

    @Test
    void sessionsOutliveTheInstanceThatMadeThem() throws Exception {
        URI one = start();
        login(one, "ann");
        instances.remove(0).close();
        assertOk(get(start(), "/me"), "ann");
    }

    @Test
    void allSessionsOfAUserAreFoundByAnyInstance() throws Exception {
        URI one = start();
        start();
        login(one, "ann");
        cookie = "";
        login(one, "ann");
        cookie = "";
        login(one, "bob");
        FindByIndexNameSessionRepository<? extends Session> other =
                instances.get(1).getBean(SharedSessionRepository.class);
        assertThat(other.findByPrincipalName("ann")).hasSize(2);
        other.findByPrincipalName("bob").keySet().forEach(other::deleteById);
        assertThat(get(one, "/me").statusCode()).isEqualTo(401);
        assertThat(other.findByPrincipalName("ann")).hasSize(2);
    }

    @Test
    void requestsThatChangeDifferentAttributesAtOnceOnTwoInstancesBothSucceed() throws Exception {
        URI one = start();
        URI two = start();
        get(one, "/set?name=before&value=0");
        CompletableFuture<HttpResponse<String>> first =
                client.sendAsync(request(one, "/held?name=a&value=1").build(), BodyHandlers.ofString());
        CompletableFuture<HttpResponse<String>> second =
                client.sendAsync(request(two, "/held?name=b&value=2").build(), BodyHandlers.ofString());
        hold.both.await();
        hold.go.countDown();
        first.join();
        second.join();
        for (URI instance : List.of(one, two)) {
            assertOk(get(instance, "/get?name=before"), "0");
            assertOk(get(instance, "/get?name=a"), "1");
            assertOk(get(instance, "/get?name=b"), "2");
        }
    }

    @Test
    void aRequestThatEndsAfterTheLogoutBringsNothingBack() throws Exception {
        URI one = start();
        URI two = start();
        login(one, "ann");
        String loggedIn = cookie;
        hold.both.countDown();
        CompletableFuture<HttpResponse<String>> slow =
                client.sendAsync(request(one, "/held?name=a&value=1").build(), BodyHandlers.ofString());
        hold.both.await();
        send(request(two, "/logout").POST(BodyPublishers.noBody()));
        hold.go.countDown();
        slow.join();
        cookie = loggedIn;
        assertThat(get(one, "/me").statusCode()).isEqualTo(401);
        assertThat(instances.get(0).getBean(SharedSessionRepository.class).findByPrincipalName("ann"))
                .isEmpty();
    }

    @Test
    void eachEventIsPublishedOnceByAllInstancesTogether() throws Exception {
        URI one = start("sharedstate.session.cleanup-interval=20ms");
        URI two = start("sharedstate.session.cleanup-interval=20ms");
        get(one, "/set?name=a&value=1");
        get(two, "/set?name=b&value=1");
        get(two, "/invalidate");
        cookie = "";
        get(one, "/set?name=a&value=1");
        get(two, "/short");
        await().until(() -> seen.count(SessionExpiredEvent.class) > 0);
        for (ConfigurableApplicationContext instance : instances) {
            assertThat(instance.getBean(SharedSessionRepository.class).removeExpired())
                    .isZero();
        }
        assertThat(seen.count(SessionCreatedEvent.class)).isEqualTo(2);
        assertThat(seen.count(SessionDeletedEvent.class)).isEqualTo(1);
        assertThat(seen.count(SessionExpiredEvent.class)).isEqualTo(1);
        assertThat(seen.listened).containsExactly("created", "destroyed", "created", "destroyed");
    }

    @Test
    void anUnsuitableAttributeIsAnErrorOfThatRequestOnly() throws Exception {
        URI one = start();
        get(one, "/set?name=a&value=1");
        assertThat(get(one, "/unsuitable").statusCode()).isEqualTo(500);
        assertOk(get(one, "/get?name=a"), "1");
    }

    /** What happened to sessions, on any instance. */
    static final class Seen implements HttpSessionListener {

        private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();
        private final List<String> listened = new CopyOnWriteArrayList<>();

        long count(Class<?> type) {
            return events.stream().filter(type::isInstance).count();
        }

        @Override
        public void sessionCreated(HttpSessionEvent event) {
            listened.add("created");
        }

        @Override
        public void sessionDestroyed(HttpSessionEvent event) {
            listened.add("destroyed");
        }
    }

    /** Lets requests wait until two are there, and both may go on. */
    static final class Hold {

        final CountDownLatch both = new CountDownLatch(2);
        final CountDownLatch go = new CountDownLatch(1);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @EnableWebSecurity
    @Import(Endpoints.class)
    static class App {

        private final Seen seen;

        App(Seen seen) {
            this.seen = seen;
        }

        @EventListener
        void on(AbstractSessionEvent event) {
            seen.events.add(event);
        }

        @Bean
        TomcatServletWebServerFactory tomcat() {
            return new TomcatServletWebServerFactory();
        }

        @Bean
        UserDetailsService users() {
            return new InMemoryUserDetailsManager(Stream.of("ann", "bob")
                    .map(name -> User.withUsername(name)
                            .password("{noop}secret")
                            .roles("USER")
                            .build())
                    .toList());
        }

        @Bean
        SecurityFilterChain security(HttpSecurity http) throws Exception {
            return http.authorizeHttpRequests(requests -> requests.requestMatchers("/me")
                            .authenticated()
                            .anyRequest()
                            .permitAll())
                    .formLogin(login -> login.successHandler(
                            (request, response, user) -> response.setStatus(HttpStatus.OK.value())))
                    .exceptionHandling(handling -> handling.authenticationEntryPoint(
                            (request, response, e) -> response.setStatus(HttpStatus.UNAUTHORIZED.value())))
                    .csrf(csrf -> csrf.disable())
                    .build();
        }

        @Bean
        DelegatingFilterProxyRegistrationBean securityFilter() {
            DelegatingFilterProxyRegistrationBean filter =
                    new DelegatingFilterProxyRegistrationBean("springSecurityFilterChain");
            filter.setOrder(-100);
            return filter;
        }
    }

    @RestController
    static class Endpoints {

        private final Hold hold;

        Endpoints(Hold hold) {
            this.hold = hold;
        }

        @GetMapping("/me")
        String me(Principal principal) {
            return principal.getName();
        }

        @GetMapping("/set")
        void set(HttpSession session, @RequestParam String name, @RequestParam String value) {
            session.setAttribute(name, value);
        }

        @GetMapping("/get")
        String get(HttpSession session, @RequestParam String name) {
            return String.valueOf(session.getAttribute(name));
        }

        @GetMapping("/held")
        void held(HttpSession session, @RequestParam String name, @RequestParam String value)
                throws InterruptedException {
            hold.both.countDown();
            hold.go.await();
            session.setAttribute(name, value);
        }

        @GetMapping("/invalidate")
        void invalidate(HttpSession session, HttpServletRequest request) {
            request.changeSessionId();
            session.invalidate();
        }

        @GetMapping("/short")
        void expireSoon(HttpSession session) {
            session.setMaxInactiveInterval(1);
        }

        @GetMapping("/unsuitable")
        void keep(HttpSession session) {
            session.setAttribute("a", 2);
            session.setAttribute("unsuitable", new Object());
        }
    }
}
