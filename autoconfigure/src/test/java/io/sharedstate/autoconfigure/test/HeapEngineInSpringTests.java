package io.sharedstate.autoconfigure.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.autoconfigure.json.JsonTest;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** The application's own file says {@code mapped}, in a directory that doesn't exist and can't. */
class HeapEngineInSpringTests {

    private static final String APPLICATION = "spring.config.name=mapped-application";

    @TempDir
    static Path directory;

    @Nested
    @SpringBootTest(properties = APPLICATION, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhateverTheApplicationSays {

        @Test
        void isHeap(@Autowired SharedState state) {
            assertThat(state.engine()).isEqualTo("heap");
        }
    }

    @Nested
    @JsonTest(properties = APPLICATION)
    @ImportAutoConfiguration(SharedStateAutoConfiguration.class)
    class InASlice {

        @Test
        void isHeap(@Autowired SharedState state) {
            assertThat(state.engine()).isEqualTo("heap");
        }
    }

    @Nested
    @DirtiesContext
    @SpringBootTest(
            properties = {APPLICATION, "SharedState.Engine=mapped"},
            webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhenTheTestSaysMapped extends Mapped {}

    @Nested
    @DirtiesContext
    @SpringBootTest(
            properties = APPLICATION,
            args = "--sharedstate.engine=mapped",
            webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhenTheTestsArgumentsSayMapped extends Mapped {}

    @Nested
    @DirtiesContext
    @SpringBootTest(properties = APPLICATION, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    @TestPropertySource(locations = "classpath:mapped-engine.properties")
    class WhenAPropertySourceOfTheTestSaysMapped extends Mapped {}

    @Nested
    @DirtiesContext
    @SpringBootTest(properties = APPLICATION, webEnvironment = SpringBootTest.WebEnvironment.NONE)
    class WhenADynamicPropertySourceOfTheTestSaysMapped extends Mapped {

        @DynamicPropertySource
        static void engine(DynamicPropertyRegistry registry) {
            registry.add("sharedstate.engine", () -> "mapped");
        }
    }

    abstract static class Mapped {

        @DynamicPropertySource
        static void directory(DynamicPropertyRegistry registry) {
            registry.add("sharedstate.mapped.directory", directory::toString);
        }

        @Test
        void isMapped(@Autowired SharedState state) {
            assertThat(state.engine()).isEqualTo("mapped");
            assertThat(state.location()).contains(directory.toString());
        }
    }

    @Test
    void letsTestsShareContexts() {
        HeapEngineContextCustomizerFactory factory = new HeapEngineContextCustomizerFactory();
        assertThat(factory.createContextCustomizer(WhateverTheApplicationSays.class, List.of()))
                .isEqualTo(factory.createContextCustomizer(InASlice.class, List.of()))
                .hasSameHashCodeAs(factory.createContextCustomizer(InASlice.class, List.of()));
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @ImportAutoConfiguration(SharedStateAutoConfiguration.class)
    static class Application {}
}
