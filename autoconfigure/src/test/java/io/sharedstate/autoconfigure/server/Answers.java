package io.sharedstate.autoconfigure.server;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.env.Environment;

/** Answers with the name of the instance, the protocol and the thread. {@code /held} answers once it is released. */
final class Answers extends HttpServlet implements Held.App {

    private static final long serialVersionUID = 1L;

    private final String name;
    private final transient Held held = new Held();

    Answers(Environment environment) {
        name = environment.getRequiredProperty("instance");
    }

    @Override
    public Held held() {
        return held;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getRequestURI().equals("/held")) {
            held.reached.complete(null);
            held.released.join();
        }
        response.getWriter().print(name + " " + request.getProtocol() + " " + Thread.currentThread());
    }
}
