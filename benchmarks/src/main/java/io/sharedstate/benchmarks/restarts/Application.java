package io.sharedstate.benchmarks.restarts;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A web application that answers every request to "/"; prints a line when it is ready. */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
class Application {

    /** The web servers that Boot can embed. */
    enum Server {
        TOMCAT,
        JETTY,
        NETTY;

        private void register(GenericApplicationContext context) {
            switch (this) {
                case TOMCAT -> context.registerBean(TomcatServletWebServerFactory.class);
                case JETTY -> context.registerBean(JettyServletWebServerFactory.class);
                case NETTY -> context.registerBean(NettyReactiveWebServerFactory.class);
            }
        }
    }

    /** @param args the server, then arguments of Spring Boot */
    public static void main(String[] args) {
        Server server = Server.valueOf(args[0]);
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(
                server == Server.NETTY ? WebApplicationType.REACTIVE : WebApplicationType.SERVLET);
        application.addInitializers(context -> server.register((GenericApplicationContext) context));
        application.run(args);
        System.out.println("ready");
    }

    @RequestMapping("/")
    String answer() {
        return "answered by " + ProcessHandle.current().pid() + "\n";
    }
}
