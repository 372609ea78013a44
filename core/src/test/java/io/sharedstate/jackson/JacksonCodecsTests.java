package io.sharedstate.jackson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Codec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

class JacksonCodecsTests {

    record Ticket(String buyer, int seat, Instant sold, List<String> notes, Map<String, Long> prices) {}

    record TicketOfAnOlderRelease(String buyer, int seat) {}

    @Test
    void writesJsonAndReadsItBack() {
        Codec<Ticket> codec = new JacksonCodecs().codec(Ticket.class);
        Ticket ticket = new Ticket("Ann", 7, Instant.parse("2026-11-01T10:00:00Z"), List.of("a"), Map.of("full", 12L));
        byte[] bytes = codec.encode(ticket);
        assertThat(new String(bytes, StandardCharsets.UTF_8)).contains("\"buyer\":\"Ann\"", "\"seat\":7");
        assertThat(codec.decode(bytes)).isEqualTo(ticket);
        assertThat(codec.format()).isEqualTo("json");
    }

    @Test
    void anOlderReleaseReadsWhatANewerOneWrites() {
        byte[] bytes = new JacksonCodecs()
                .codec(Ticket.class)
                .encode(new Ticket("Ann", 7, Instant.EPOCH, List.of(), Map.of()));
        assertThat(new JacksonCodecs().codec(TicketOfAnOlderRelease.class).decode(bytes))
                .isEqualTo(new TicketOfAnOlderRelease("Ann", 7));
    }

    @Test
    void usesTheMapperThatItIsGiven() {
        JsonMapper mapper = JsonMapper.builder()
                .propertyNamingStrategy(PropertyNamingStrategies.UPPER_SNAKE_CASE)
                .build();
        byte[] bytes = new JacksonCodecs(mapper)
                .codec(TicketOfAnOlderRelease.class)
                .encode(new TicketOfAnOlderRelease("Ann", 7));
        assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo("{\"BUYER\":\"Ann\",\"SEAT\":7}");
    }

    @Test
    void whatIsNoJsonOfTheTypeIsRefused() {
        Codec<Ticket> codec = new JacksonCodecs().codec(Ticket.class);
        assertThatThrownBy(() -> codec.decode("[1]".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JacksonException.class);
        assertThatThrownBy(() -> codec.decode("{".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(JacksonException.class);
    }
}
