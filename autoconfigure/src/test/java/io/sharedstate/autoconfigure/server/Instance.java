package io.sharedstate.autoconfigure.server;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/** A running application: answers with its name, the thread and the protocol. {@code /held} answers once it is released. */
final class Instance implements AutoCloseable {

    static final String SHARED = "sharedstate.server.port-sharing=reuse-port";

    private final ServletWebServerApplicationContext context;

    private Instance(ServletWebServerApplicationContext context) {
        this.context = context;
    }

    static Instance start(String name, int port, String... properties) {
        return start(App.class, name, port, properties);
    }

    static Instance start(Class<?> app, String name, int port, String... properties) {
        return new Instance((ServletWebServerApplicationContext) new SpringApplicationBuilder(app)
                .properties("spring.main.banner-mode=off", "server.port=" + port, "instance=" + name)
                .properties(properties)
                .run());
    }

    ServletWebServerApplicationContext context() {
        return context;
    }

    TomcatWebServer server() {
        return (TomcatWebServer) Objects.requireNonNull(context.getWebServer());
    }

    Answers answers() {
        return context.getBean(Answers.class);
    }

    @Override
    public void close() {
        context.close();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        PortSharingAutoConfiguration.class,
        TomcatServletWebServerAutoConfiguration.class,
        SslAutoConfiguration.class
    })
    static class App {

        @Bean
        Answers answers(Environment environment) {
            return new Answers(environment.getRequiredProperty("instance"));
        }
    }

    static final class Answers extends HttpServlet {

        private static final long serialVersionUID = 1L;

        private final String name;
        final transient CountDownLatch held = new CountDownLatch(1);
        final transient CountDownLatch released = new CountDownLatch(1);

        Answers(String name) {
            this.name = name;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            if (request.getRequestURI().equals("/held")) {
                held.countDown();
                try {
                    released.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            response.getWriter().print(name + " " + request.getProtocol() + " " + Thread.currentThread());
        }
    }
}
