package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.annotation.ReflectiveRuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.AbstractConfigurableWebServerFactory;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.server.WebServerFactoryCustomizerBeanPostProcessor;
import org.springframework.core.io.support.SpringFactoriesLoader;

class PortSharingAutoConfigurationTests {

    private static final String REUSE_PORT = "sharedstate.server.port-sharing=reuse-port";

    private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(PortSharingAutoConfiguration.class))
            .withBean(WebServerFactoryCustomizerBeanPostProcessor.class);

    private final WebApplicationContextRunner tomcat =
            runner.withBean(TomcatServletWebServerFactory.class, () -> new TomcatServletWebServerFactory(8080));

    @Test
    void tomcatKeepsItsProtocolByDefault() {
        tomcat.run(context -> assertThat(protocol(context)).isEqualTo(TomcatWebServerFactory.DEFAULT_PROTOCOL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reuse-port", "REUSE_PORT", "reusePort"})
    void reusePortGivesTomcatTheSharedPortProtocol(String value) {
        tomcat.withPropertyValues("sharedstate.server.port-sharing=" + value)
                .run(context -> assertThat(protocol(context)).isEqualTo(SharedPortProtocol.class.getName()));
    }

    @Test
    void disablingSharedstateDisablesPortSharing() {
        tomcat.withPropertyValues(REUSE_PORT, "sharedstate.enabled=false").run(context -> {
            assertThat(context).doesNotHaveBean(PortSharingCustomizer.class);
            assertThat(protocol(context)).isEqualTo(TomcatWebServerFactory.DEFAULT_PROTOCOL);
        });
    }

    @Test
    void aRandomPortIsNotShared() {
        runner.withBean(TomcatServletWebServerFactory.class, () -> new TomcatServletWebServerFactory(0))
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(protocol(context)).isEqualTo(TomcatWebServerFactory.DEFAULT_PROTOCOL));
    }

    @Test
    void anApplicationWithoutAWebServerNeedsNoPort() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(PortSharingAutoConfiguration.class))
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(PortSharingCustomizer.class));
    }

    @Test
    void aProtocolOfTheApplicationIsKept() {
        tomcat.withBean(OwnProtocol.class)
                .run(context -> assertThat(protocol(context)).isEqualTo("org.apache.coyote.http11.Http11Nio2Protocol"));
    }

    @Test
    void aProtocolOfTheApplicationCannotShareAPort() {
        tomcat.withBean(OwnProtocol.class)
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(analysis(context).getDescription())
                        .contains("'org.apache.coyote.http11.Http11Nio2Protocol'"));
    }

    @Test
    void anotherServerThanTomcatCannotShareAPort() {
        runner.withBean(OtherFactory.class)
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(analysis(context).getDescription()).contains(OtherFactory.class.getName()));
    }

    @Test
    void withoutTomcatAnotherServerCannotShareAPort() {
        runner.withBean(OtherFactory.class)
                .withClassLoader(new FilteredClassLoader(TomcatWebServerFactory.class))
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(analysis(context).getDescription()).contains(OtherFactory.class.getName()));
    }

    @Test
    void withoutTomcatAnotherServerStartsByDefault() {
        runner.withBean(OtherFactory.class)
                .withClassLoader(new FilteredClassLoader(TomcatWebServerFactory.class))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(TomcatPortSharing.class));
    }

    @Test
    void anOperatingSystemWithoutTheSocketOptionCannotShareAPort() {
        onOperatingSystem("Windows 11", false)
                .run(context -> assertThat(analysis(context).getDescription()).contains("SO_REUSEPORT", "Windows 11"));
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void anOperatingSystemThatDoesNotSpreadConnectionsIsWarnedOf(CapturedOutput output) {
        onOperatingSystem("Mac OS X", true).run(context -> {
            assertThat(protocol(context)).isEqualTo(SharedPortProtocol.class.getName());
            assertThat(output).contains("WARN", "only Linux spreads connections", "'Mac OS X'");
        });
    }

    private WebApplicationContextRunner onOperatingSystem(String name, boolean reusePortSupported) {
        PortSharingCustomizer customizer = new PortSharingCustomizer(
                PortSharing.REUSE_PORT, List.of(new TomcatPortSharing()), name, () -> reusePortSupported);
        return tomcat.withAllowBeanDefinitionOverriding(true)
                .withBean("portSharingCustomizer", PortSharingCustomizer.class, () -> customizer);
    }

    @Test
    void theProtocolCanBeCreatedInANativeImage() {
        RuntimeHints hints = new RuntimeHints();
        new ReflectiveRuntimeHintsRegistrar()
                .registerRuntimeHints(hints, PortSharingAutoConfiguration.TomcatConfiguration.class);
        assertThat(RuntimeHintsPredicates.reflection()
                        .onType(SharedPortProtocol.class)
                        .withMemberCategory(MemberCategory.INVOKE_PUBLIC_CONSTRUCTORS))
                .accepts(hints);
    }

    private static String protocol(AssertableWebApplicationContext context) {
        return context.getBean(TomcatServletWebServerFactory.class).getProtocol();
    }

    /** What the user is told, found the way Spring Boot finds it. */
    private static FailureAnalysis analysis(AssertableWebApplicationContext context) {
        Throwable failure = Objects.requireNonNull(context.getStartupFailure(), "started");
        FailureAnalysis analysis = SpringFactoriesLoader.forDefaultResourceLocation()
                .load(FailureAnalyzer.class, SpringFactoriesLoader.FailureHandler.handleMessage((message, e) -> {}))
                .stream()
                .filter(PortSharingFailureAnalyzer.class::isInstance)
                .map(analyzer -> analyzer.analyze(failure))
                .findFirst()
                .orElseThrow();
        assertThat(analysis.getAction()).contains("'sharedstate.server.port-sharing=none'");
        return analysis;
    }

    static class OwnProtocol implements WebServerFactoryCustomizer<TomcatWebServerFactory> {

        @Override
        public void customize(TomcatWebServerFactory factory) {
            factory.setProtocol("org.apache.coyote.http11.Http11Nio2Protocol");
        }
    }

    static class OtherFactory extends AbstractConfigurableWebServerFactory implements ConfigurableWebServerFactory {}
}
