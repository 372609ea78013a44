package io.sharedstate.it.shop;

import java.io.IOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Somebody with a browser, who keeps the shop's cookies. Calls throw an {@link IOException} if the connection was cut. */
public final class Customer {

    private static final JsonMapper JSON = new JsonMapper();

    private final URI shop;
    private final CookieManager cookies = new CookieManager();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .cookieHandler(cookies)
            .build();

    Customer(URI shop) {
        this.shop = shop;
    }

    /** Gets a CSRF token, logs in, and gets the token of the new session. */
    public void logIn() throws IOException, InterruptedException {
        send("GET", "/login", null, null);
        HttpResponse<String> answer = send("POST", "/login", null, "username=ann&password=tickets");
        if (answer.statusCode() != 204) {
            throw new IllegalStateException("the login was answered with " + answer.statusCode());
        }
        account();
    }

    public void logOut() throws IOException, InterruptedException {
        send("POST", "/logout", null, "");
    }

    /** The status of {@code /account}. */
    public int accountStatus() throws IOException, InterruptedException {
        return send("GET", "/account", null, null).statusCode();
    }

    public Account account() throws IOException, InterruptedException {
        return account(send("GET", "/account", null, null));
    }

    public Account like(String event) throws IOException, InterruptedException {
        return account(send("PUT", "/account/favourite/" + event, null, ""));
    }

    private static Account account(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("/account was answered with " + answer.statusCode());
        }
        return JSON.readValue(answer.body(), Account.class);
    }

    /** @param key by which the shop knows an order that is sent again */
    public Order order(String event, String key) throws IOException, InterruptedException {
        HttpResponse<String> answer = send("POST", "/orders", key, "event=" + event);
        boolean replayed = answer.headers().firstValue("Idempotency-Replayed").isPresent();
        return new Order(answer.statusCode(), answer.body(), replayed);
    }

    /** The confirmations of all orders. */
    public List<Confirmation> confirmed() throws IOException, InterruptedException {
        HttpResponse<String> answer = send("GET", "/orders/confirmed", null, null);
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("/orders/confirmed was answered with " + answer.statusCode());
        }
        return List.of(JSON.readValue(answer.body(), Confirmation[].class));
    }

    private HttpResponse<String> send(String method, String path, @Nullable String key, @Nullable String form)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(shop.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .method(method, form == null ? BodyPublishers.noBody() : BodyPublishers.ofString(form))
                .header("Content-Type", "application/x-www-form-urlencoded");
        cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> cookie.getName().equals("XSRF-TOKEN"))
                .map(HttpCookie::getValue)
                .forEach(token -> request.header("X-XSRF-TOKEN", token));
        if (key != null) {
            request.header("Idempotency-Key", key);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** @param member the ordinal of the process that answered */
    public record Account(String customer, @Nullable String favourite, int member) {}

    public record Confirmation(Shop.Ticket ticket, boolean redelivered, int sentBy, Instant begun, Instant sent) {}

    /** The answer to an order. */
    public record Order(int status, String body, boolean replayed) {

        public Shop.Ticket ticket() {
            return JSON.readValue(body, Shop.Ticket.class);
        }
    }
}
