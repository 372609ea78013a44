package io.sharedstate.autoconfigure.server;

import static io.sharedstate.autoconfigure.server.Instance.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.connector.Connector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementContextAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.actuate.web.ServletManagementContextAutoConfiguration;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.tomcat.autoconfigure.actuate.web.server.TomcatServletManagementContextAutoConfiguration;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;

@EnabledOnOs(OS.LINUX)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TomcatReusePortTests {

    private final int port = Instance.freePort();

    /** Tomcat ends its own wait for connections by a connection, which would reach any process. */
    @Test
    void stoppingAndStartingConnectsToNobody() throws Exception {
        try (Instance one = Instance.start(Server.TOMCAT, "one", port, SHARED);
                SharedListener bystander =
                        new ReusePortListener(new InetSocketAddress((InetAddress) null, port), 100, socket -> {})) {
            Connector connector = one.tomcat().getTomcat().getConnector();
            for (int i = 0; i < 10; i++) {
                connector.stop();
                connector.start();
            }
            assertThat(bystander.channel().accept()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectorServesAgainAfterStopAndStart(boolean bindOnInit) throws Exception {
        try (Instance one = Instance.start(
                Server.TOMCAT,
                BindOnInit.class,
                "one",
                port,
                SHARED,
                "bind-on-init=" + bindOnInit,
                "server.tomcat.max-connections=1")) {
            Connector connector = one.tomcat().getTomcat().getConnector();
            for (int i = 0; i < 3; i++) {
                connector.stop();
                assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
                connector.start();
                assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
                assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
            }
        }
    }

    @Test
    void aPausedConnectorLeavesThePortToOthersUntilItIsResumed() throws Exception {
        try (Instance one = Instance.start(Server.TOMCAT, "one", port, SHARED)) {
            Connector connector = one.tomcat().getTomcat().getConnector();
            connector.pause();
            assertThatThrownBy(() -> new RawConnection(port)).isInstanceOf(ConnectException.class);
            connector.resume();
            assertThat(RawConnection.get(port)).contains("one HTTP/1.1");
        }
    }

    @Test
    void aConnectorThatTheApplicationAddsSharesItsPortWithTheSameProtocol() throws IOException {
        int additional = Instance.freePort();
        String property = "additional-port=" + additional;
        try (Instance one = Instance.start(Server.TOMCAT, AdditionalConnector.class, "one", port, SHARED, property);
                Instance two =
                        Instance.start(Server.TOMCAT, AdditionalConnector.class, "two", port, SHARED, property)) {
            one.close();
            assertThat(RawConnection.get(additional)).contains("two HTTP/1.1");
            assertThat(RawConnection.get(port)).contains("two HTTP/1.1");
        }
    }

    @Test
    void theManagementPortIsNotShared() throws IOException {
        int management = Instance.freePort();
        try (Instance one = Instance.start(
                Server.TOMCAT, Managed.class, "one", port, SHARED, "management.server.port=" + management)) {
            assertThatThrownBy(() -> Instance.start(
                            Server.TOMCAT, Managed.class, "two", port, SHARED, "management.server.port=" + management))
                    .hasRootCauseInstanceOf(BindException.class);
            try (Instance two =
                    Instance.start(Server.TOMCAT, Managed.class, "two", port, SHARED, "management.server.port=0")) {
                one.close();
                assertThat(two.server().getPort()).isEqualTo(port);
                assertThat(RawConnection.get(port)).contains("two HTTP/1.1");
            }
        }
    }

    @Test
    void aListenerThatIsNotAPortIsRefused() {
        String setting = "unixDomainSocketPath=/nowhere/socket";
        assertThatThrownBy(() ->
                        Instance.start(Server.TOMCAT, OtherListener.class, "one", port, SHARED, "listener=" + setting))
                .rootCause()
                .isInstanceOf(PortSharingException.class)
                .hasMessageContaining("'" + setting + "'");
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.TomcatApp.class)
    @ImportAutoConfiguration({
        EndpointAutoConfiguration.class,
        WebEndpointAutoConfiguration.class,
        ManagementContextAutoConfiguration.class,
        ServletManagementContextAutoConfiguration.class,
        TomcatServletManagementContextAutoConfiguration.class
    })
    static class Managed {}

    @Configuration(proxyBeanMethods = false)
    @Import(Server.TomcatApp.class)
    static class BindOnInit {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> bindOnInit(Environment environment) {
            String bindOnInit = environment.getRequiredProperty("bind-on-init");
            return factory ->
                    factory.addConnectorCustomizers(connector -> connector.setProperty("bindOnInit", bindOnInit));
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.TomcatApp.class)
    static class AdditionalConnector {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> additionalConnector(Environment environment) {
            return factory -> {
                Connector connector = new Connector(SharedPortProtocol.class.getName());
                connector.setPort(environment.getRequiredProperty("additional-port", Integer.class));
                factory.addAdditionalConnectors(connector);
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @Import(Server.TomcatApp.class)
    static class OtherListener {

        @Bean
        WebServerFactoryCustomizer<TomcatWebServerFactory> otherListener(Environment environment) {
            String[] setting = environment.getRequiredProperty("listener").split("=", 2);
            return factory ->
                    factory.addConnectorCustomizers(connector -> connector.setProperty(setting[0], setting[1]));
        }
    }
}
