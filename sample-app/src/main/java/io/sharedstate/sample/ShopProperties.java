package io.sharedstate.sample;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * What the shop sells.
 *
 * @param events by name; the name becomes part of the names of the shared state
 * @param forecastTakes how long the weather service needs to answer
 * @param mailTakes how long the mail server needs for a mail
 */
@ConfigurationProperties("shop")
@Validated
record ShopProperties(
        @NotEmpty Map<@Pattern(regexp = "[A-Za-z0-9._-]{1,40}") String, @Valid Event> events,
        @DefaultValue("500ms") Duration forecastTakes,
        @DefaultValue("500ms") Duration mailTakes) {

    /** @param seats counts when the event is first put on sale; to sell another number, name the event anew */
    record Event(@Min(1) @Max(1000) int seats) {}
}
