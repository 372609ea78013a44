package io.sharedstate.autoconfigure.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.autoconfigure.SharedStateProperties.PortSharing;
import io.sharedstate.doctor.Doctor;
import java.util.List;
import java.util.Objects;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.LocalConnector;
import org.eclipse.jetty.server.ServerConnector;
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
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
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

    private final WebApplicationContextRunner jetty =
            runner.withBean(JettyServletWebServerFactory.class, () -> new JettyServletWebServerFactory(8080));

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
    void jettyKeepsItsConnectorByDefault() {
        jetty.run(context -> assertThat(((ServerConnector) connector(context)).getBeans(SharedConnector.class))
                .isEmpty());
    }

    @Test
    void reusePortGivesJettysConnectorASharedListener() {
        jetty.withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(((ServerConnector) connector(context)).getBeans(SharedConnector.class))
                        .hasSize(1));
    }

    @Test
    void aConnectorOfTheApplicationCannotShareAPort() {
        jetty.withBean(OwnConnector.class)
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThatThrownBy(() -> connector(context))
                        .isInstanceOf(PortSharingException.class)
                        .hasMessageContaining("LocalConnector"));
    }

    @Test
    void aConnectorOfTheApplicationIsKept() {
        jetty.withBean(OwnConnector.class)
                .run(context -> assertThat(connector(context)).isInstanceOf(LocalConnector.class));
    }

    @Test
    void jettyNeedsAnAcceptorToShareAPort() {
        jetty.withBean(NoAcceptor.class)
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThatThrownBy(() -> connector(context))
                        .isInstanceOf(PortSharingException.class)
                        .hasMessageContaining("'server.jetty.threads.acceptors' is 0"));
    }

    /** What the factory's customizers make of the connector that it gives to Jetty. */
    private static Connector connector(AssertableWebApplicationContext context) {
        JettyWebServerFactory factory = context.getBean(JettyWebServerFactory.class);
        org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
        server.addConnector(new ServerConnector(server, factory.getAcceptors(), -1));
        factory.getServerCustomizers().forEach(customizer -> customizer.customize(server));
        return server.getConnectors()[0];
    }

    /** The tests' own JVM has a pipe, a terminal or /dev/null. */
    @Test
    void aProcessThatInheritedNoSocketIsTold() {
        tomcat.withPropertyValues("sharedstate.server.port-sharing=inherited")
                .run(context -> assertThat(analysis(context).getDescription())
                        .contains("'sharedstate.server.port-sharing=inherited'", "file descriptor 0"));
    }

    @Test
    void anotherServerCannotShareAPort() {
        runner.withBean(OtherFactory.class)
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(analysis(context).getDescription()).contains(OtherFactory.class.getName()));
    }

    @Test
    void withoutTheServersThatCanAnotherCannotShareAPort() {
        runner.withBean(OtherFactory.class)
                .withClassLoader(new FilteredClassLoader(TomcatWebServerFactory.class, JettyWebServerFactory.class))
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(analysis(context).getDescription()).contains(OtherFactory.class.getName()));
    }

    @Test
    void withoutTheServersThatCanAnotherStartsByDefault() {
        runner.withBean(OtherFactory.class)
                .withClassLoader(new FilteredClassLoader(TomcatWebServerFactory.class, JettyWebServerFactory.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(TomcatPortSharing.class)
                        .doesNotHaveBean(JettyPortSharing.class));
    }

    @Test
    void withoutReactorNettyTheOthersShareTheirPort() {
        tomcat.withClassLoader(new FilteredClassLoader(NettyReactiveWebServerFactory.class))
                .withPropertyValues(REUSE_PORT)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(NettyPortSharing.class));
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

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void connectionsThatTheKernelWouldDropAreWarnedOf(CapturedOutput output) {
        tomcat.withPropertyValues(REUSE_PORT).run(context -> protocol(context));
        Doctor.reusePort().forEach(finding -> assertThat(output).containsOnlyOnce(finding.toString()));
        if (Doctor.reusePort().isEmpty()) {
            assertThat(output).doesNotContain("tcp_migrate_req");
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void whereThePortIsNotSharedTheKernelIsNotAsked(CapturedOutput output) {
        tomcat.run(context -> protocol(context));
        assertThat(output).doesNotContain("tcp_migrate_req");
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
                .map(analyzer -> analyzer.analyze(failure))
                .filter(Objects::nonNull)
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

    static class OwnConnector implements WebServerFactoryCustomizer<JettyWebServerFactory> {

        @Override
        public void customize(JettyWebServerFactory factory) {
            factory.addServerCustomizers(server -> server.setConnectors(new Connector[] {new LocalConnector(server)}));
        }
    }

    static class NoAcceptor implements WebServerFactoryCustomizer<JettyWebServerFactory> {

        @Override
        public void customize(JettyWebServerFactory factory) {
            factory.setAcceptors(0);
        }
    }

    static class OtherFactory extends AbstractConfigurableWebServerFactory implements ConfigurableWebServerFactory {}
}
