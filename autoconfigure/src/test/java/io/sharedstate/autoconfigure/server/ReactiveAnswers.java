package io.sharedstate.autoconfigure.server;

import jakarta.servlet.ServletRequest;
import java.nio.charset.StandardCharsets;
import org.springframework.core.env.Environment;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/** {@link Answers} without blocking. */
final class ReactiveAnswers implements HttpHandler, Held.App {

    private final String name;
    private final Held held = new Held();

    ReactiveAnswers(Environment environment) {
        name = environment.getRequiredProperty("instance");
    }

    @Override
    public Held held() {
        return held;
    }

    @Override
    public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
        String text = name + " " + protocol(request) + " " + Thread.currentThread();
        Mono<Void> answer = response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8))));
        if (!request.getPath().value().equals("/held")) {
            return answer;
        }
        held.reached.complete(null);
        return Mono.fromFuture(held.released).then(answer);
    }

    private static String protocol(ServerHttpRequest request) {
        Object exchange = ServerHttpRequestDecorator.getNativeRequest(request);
        return exchange instanceof HttpServerRequest netty
                ? netty.protocol()
                : ((ServletRequest) exchange).getProtocol();
    }
}
