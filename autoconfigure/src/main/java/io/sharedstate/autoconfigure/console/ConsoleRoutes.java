package io.sharedstate.autoconfigure.console;

import java.net.URI;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.publisher.Mono;

/** The console of a reactive application. It answers to nothing but {@code GET}. */
final class ConsoleRoutes {

    private final Sampler sampler;

    private ConsoleRoutes(Sampler sampler) {
        this.sampler = sampler;
    }

    static RouterFunction<ServerResponse> of(String path, Sampler sampler) {
        ConsoleRoutes routes = new ConsoleRoutes(sampler);
        RouterFunctions.Builder builder = RouterFunctions.route()
                .GET(
                        path,
                        request -> answer(HttpStatus.FOUND)
                                .location(URI.create(ConsoleFile.pageSeenFrom(path)))
                                .build())
                .GET(path + ConsoleFile.EVENTS, routes::events);
        for (ConsoleFile file : ConsoleFile.values()) {
            builder.GET(path + file.path, request -> file(file));
        }
        return builder.build();
    }

    private static ServerResponse.BodyBuilder answer(HttpStatus status) {
        return ServerResponse.status(status)
                .headers(headers -> ConsoleFile.HEADERS.forEach((name, value) -> headers.set(name, value)));
    }

    private static Mono<ServerResponse> file(ConsoleFile file) {
        return answer(HttpStatus.OK)
                .header(HttpHeaders.CONTENT_TYPE, file.contentType)
                .bodyValue(file.content());
    }

    private Mono<ServerResponse> events(ServerRequest request) {
        Flux<ServerSentEvent<String>> events = Flux.<String>create(
                        sink -> {
                            SinkViewer viewer = new SinkViewer(sink);
                            sampler.add(viewer);
                            sink.onDispose(() -> sampler.remove(viewer)); // At once, if it is disposed of already.
                        },
                        OverflowStrategy.LATEST)
                .map(snapshot -> ServerSentEvent.builder(snapshot).build());
        return answer(HttpStatus.OK)
                .contentType(MediaType.TEXT_EVENT_STREAM)
                .body(BodyInserters.fromServerSentEvents(events));
    }

    private record SinkViewer(FluxSink<String> sink) implements Viewer {

        @Override
        public void show(String snapshot) {
            sink.next(snapshot);
        }

        @Override
        public void end() {
            sink.complete();
        }
    }
}
