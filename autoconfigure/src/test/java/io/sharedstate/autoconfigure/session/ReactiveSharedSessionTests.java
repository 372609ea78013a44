package io.sharedstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.autoconfigure.Place;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.WebSession;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;

/** Two instances of a reactive application, on real servers, that share one state. */
@Timeout(120)
@ParameterizedClass
@EnumSource(names = {"HEAP", "REDIS"})
class ReactiveSharedSessionTests {

    private final Place place;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<ConfigurableApplicationContext> instances = new ArrayList<>();
    private String cookie = "";

    ReactiveSharedSessionTests(Place.Engine engine) {
        place = engine.place();
    }

    @AfterEach
    void stop() {
        instances.forEach(ConfigurableApplicationContext::close);
        place.close();
    }

    private URI start() {
        ConfigurableApplicationContext instance = new SpringApplicationBuilder(App.class)
                .web(WebApplicationType.REACTIVE)
                .initializers(context -> context.getBeanFactory().registerSingleton("state", place.open()))
                .properties("spring.main.banner-mode=off", "server.port=0", "sharedstate.session.enabled=true")
                .run();
        instances.add(instance);
        return URI.create("http://localhost:"
                + ((WebServerApplicationContext) instance).getWebServer().getPort());
    }

    private String get(URI to, String path) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(to.resolve(path));
        if (!cookie.isEmpty()) {
            request.header("Cookie", cookie);
        }
        var response = client.send(request.build(), BodyHandlers.ofString());
        response.headers().firstValue("Set-Cookie").ifPresent(set -> cookie = set.split(";", 2)[0]);
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    @Test
    void whatOneInstanceKeepsInASessionTheOtherFinds() throws Exception {
        URI one = start();
        URI two = start();
        assertThat(get(one, "/add")).isEqualTo("1");
        String before = cookie;
        assertThat(get(two, "/add")).isEqualTo("2");
        assertThat(get(two, "/change")).isEqualTo("2");
        assertThat(cookie).isNotEqualTo(before);
        assertThat(get(one, "/add")).isEqualTo("3");
        String after = cookie;
        get(one, "/end");
        cookie = after;
        assertThat(get(two, "/add")).isEqualTo("1");
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class App {

        @Bean
        NettyReactiveWebServerFactory netty() {
            return new NettyReactiveWebServerFactory();
        }

        @Bean
        WebHandler webHandler() {
            return exchange -> exchange.getSession()
                    .flatMap(session -> done(exchange.getRequest().getPath().value(), session)
                            .then(Mono.defer(() -> exchange.getResponse()
                                    .writeWith(Mono.just(exchange.getResponse()
                                            .bufferFactory()
                                            .wrap(String.valueOf(session.getAttributes()
                                                            .get("count"))
                                                    .getBytes()))))));
        }

        private static Mono<Void> done(String path, WebSession session) {
            switch (path) {
                case "/add" -> session.getAttributes().merge("count", 1, (sum, one) -> (int) sum + (int) one);
                case "/change" -> {
                    return session.changeSessionId();
                }
                default -> {
                    return session.invalidate();
                }
            }
            return Mono.empty();
        }

        @Bean
        HttpHandler httpHandler(org.springframework.context.ApplicationContext context) {
            return WebHttpHandlerBuilder.applicationContext(context).build();
        }
    }
}
