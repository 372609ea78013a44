package io.sharedstate.it.shop;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/**
 * The ticket shop behind one address. Calls throw an {@link IOException} if the connection was cut or a proxy found nobody
 * behind it, so that it is open whether the shop did what it was asked for.
 */
public final class Shop {

    /** For the JVMs of the instances: a start takes half the processor time, which is what these tests wait for. */
    public static final String JVM_OPTIONS = "-XX:TieredStopAtLevel=1";

    private static final Set<Integer> PROXY_ERRORS = Set.of(502, 503, 504);
    private static final JsonMapper JSON = new JsonMapper();

    private final URI address;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    public Shop(String host, int port) {
        address = URI.create("http://" + host + ":" + port);
    }

    public Hit hit() throws IOException, InterruptedException {
        return read(expect(200, post("/hits", "")), Hit.class);
    }

    /** The hits so far, without adding one. */
    public Hit hits() throws IOException, InterruptedException {
        return read(expect(200, get("/hits")), Hit.class);
    }

    /** Buys a ticket, or returns empty if the event is sold out. */
    public Optional<Ticket> buy(String event, String buyer) throws IOException, InterruptedException {
        HttpResponse<String> response = post("/tickets/" + event, "buyer=" + buyer);
        return response.statusCode() == 409 ? Optional.empty() : Optional.of(read(expect(201, response), Ticket.class));
    }

    public Event event(String name) throws IOException, InterruptedException {
        return read(expect(200, get("/tickets/" + name)), Event.class);
    }

    public Forecast forecast(String event) throws IOException, InterruptedException {
        return read(expect(200, get("/forecasts/" + event)), Forecast.class);
    }

    /** Empty if who answers has not heard of any yet. */
    public Optional<Prices> prices() throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request("/prices").GET().build(), BodyHandlers.ofString());
        return response.statusCode() == 503 ? Optional.empty() : Optional.of(read(expect(200, response), Prices.class));
    }

    /** The status, and how many seconds later to try again if it is 429. */
    public Search search(String buyer) throws IOException, InterruptedException {
        HttpResponse<String> response = get("/search?buyer=" + buyer);
        return new Search(response.statusCode(), response.headers().firstValueAsLong("Retry-After"));
    }

    /** Somebody with cookies of his own. */
    public Customer customer() {
        return new Customer(address);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    private HttpResponse<String> post(String path, String form) throws IOException, InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
        if (PROXY_ERRORS.contains(response.statusCode())) {
            throw new IOException("the proxy answered " + response.statusCode());
        }
        return response;
    }

    private static HttpResponse<String> expect(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) {
            throw new IllegalStateException(
                    response + ", but expected was " + status + "; it says: " + response.body());
        }
        return response;
    }

    private static <T> T read(HttpResponse<String> response, Class<T> type) {
        return JSON.readValue(response.body(), type);
    }

    public record Hit(long value, long local, int member, long pid) {}

    public record Ticket(String event, int seat, String buyer) {}

    public record Forecast(String event, String weather, long number, int askedBy) {}

    /** @param member the ordinal of the process that answered */
    public record Prices(PriceList prices, int member) {}

    public record PriceList(long number, int setBy, Map<String, Integer> cents) {}

    public record Search(int status, OptionalLong retryAfter) {}

    public record Event(String event, int seats, long stock, List<Ticket> tickets) {}
}
