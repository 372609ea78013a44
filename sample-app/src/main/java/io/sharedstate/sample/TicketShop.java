package io.sharedstate.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A ticket shop. Run it several times at once: see {@code sample-app/cluster}. */
@SpringBootApplication
public class TicketShop {

    public static void main(String[] args) {
        SpringApplication.run(TicketShop.class, args);
    }
}
