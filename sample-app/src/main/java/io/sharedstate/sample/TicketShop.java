package io.sharedstate.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.cache.annotation.EnableCaching;
import org.springframework.scheduling.annotation.EnableScheduling;

/** A ticket shop. Run it several times at once: see {@code sample-app/cluster}. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableCaching
@EnableScheduling
public class TicketShop {

    public static void main(String[] args) {
        SpringApplication.run(TicketShop.class, args);
    }
}
