package io.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.TestStringMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What Guava's test library knows of {@link java.util.concurrent.ConcurrentMap}: one member fills a map, another is tested. */
@ParameterizedClass(name = "{0}")
@MethodSource("io.sharedstate.EngineUnderTest#all")
class MapContractTests {

    private static final MapOptions SMALL = MapOptions.DEFAULT.maxSize(MapOptions.MIN_SIZE);

    @Parameter
    EngineUnderTest engine;

    private EngineUnderTest.Host host;

    @AfterEach
    void close() throws Exception {
        host.close();
    }

    @TestFactory
    List<DynamicTest> isAConcurrentMap() {
        host = engine.host();
        SharedState one = host.open();
        SharedState two = host.open();
        TestSuite suite = ConcurrentMapTestSuiteBuilder.using(new TestStringMapGenerator() {
                    @Override
                    protected Map<String, String> create(Map.Entry<String, String>[] entries) {
                        Map<String, String> filled = one.map("map", String.class, String.class, SMALL);
                        filled.clear();
                        for (Map.Entry<String, String> entry : entries) {
                            filled.put(entry.getKey(), entry.getValue());
                        }
                        return two.map("map", String.class, String.class, SMALL);
                    }
                })
                .named("SharedMap")
                .withFeatures(
                        CollectionSize.ANY, MapFeature.GENERAL_PURPOSE, CollectionFeature.SUPPORTS_ITERATOR_REMOVE)
                .withTearDown(host::checkInvariants)
                .createTestSuite();
        List<DynamicTest> tests = tests(suite)
                .map(test -> DynamicTest.dynamicTest(test.toString(), test::runBare))
                .toList();
        assertThat(tests).hasSizeGreaterThan(500);
        return tests;
    }

    private static Stream<TestCase> tests(Test test) {
        return test instanceof TestSuite suite
                ? Collections.list(suite.tests()).stream().flatMap(MapContractTests::tests)
                : Stream.of((TestCase) test);
    }
}
