package io.sharedstate.benchmarks;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/** A web application with nothing of its own; tells when it is ready, by the machine's clock, and 1 if it has a {@code SharedCounter}, else 0, and ends. */
@SpringBootConfiguration
@EnableAutoConfiguration
class MinimalApplication {

    public static void main(String[] args) {
        try (ConfigurableApplicationContext context = SpringApplication.run(MinimalApplication.class, args)) {
            System.out.println(System.nanoTime() + " " + (context.containsBean("sharedCounter") ? 1 : 0));
        }
    }
}
