package io.sharedstate.autoconfigure.test;

import java.util.List;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.test.context.ContextConfigurationAttributes;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.ContextCustomizerFactory;
import org.springframework.test.context.MergedContextConfiguration;

/**
 * Makes {@code heap} the engine of every Spring test, so that none opens the directory of the application that runs beside it,
 * unless the test itself says {@code sharedstate.engine}: in its annotations, in {@code @TestPropertySource} or
 * {@code @DynamicPropertySource}. What the application's own files, the environment or system properties say doesn't count.
 */
class HeapEngineContextCustomizerFactory implements ContextCustomizerFactory {

    @Override
    public ContextCustomizer createContextCustomizer(
            Class<?> testClass, List<ContextConfigurationAttributes> configAttributes) {
        return new HeapEngine();
    }

    /** Equal to every other, so that tests go on to share contexts. */
    private record HeapEngine() implements ContextCustomizer {

        // What a test says stands above the system properties, and what an application says below them.
        @Override
        public void customizeContext(ConfigurableApplicationContext context, MergedContextConfiguration mergedConfig) {
            MutablePropertySources sources = context.getEnvironment().getPropertySources();
            PropertySource<?> heap =
                    new MapPropertySource("sharedstate in tests", Map.of("sharedstate.engine", "heap"));
            if (sources.contains(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)) {
                sources.addBefore(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME, heap);
            } else {
                sources.addFirst(heap);
            }
        }
    }
}
