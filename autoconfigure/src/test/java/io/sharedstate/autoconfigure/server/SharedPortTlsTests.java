package io.sharedstate.autoconfigure.server;

import static io.sharedstate.autoconfigure.server.Instance.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Server.class)
@EnabledOnOs(OS.LINUX)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedPortTlsTests {

    @Parameter
    private Server server = Server.TOMCAT;

    private final int port = Instance.freePort();

    @TempDir
    private static Path keys;

    @TempDir
    private Path directory;

    private String[] properties = {};

    @BeforeAll
    static void createKeys() throws Exception {
        createKey("before");
        createKey("after");
    }

    @BeforeEach
    void useTheFirstKey() throws Exception {
        Path current = Files.copy(keys.resolve("before.p12"), directory.resolve("current.p12"));
        properties = new String[] {
            SHARED,
            "server.http2.enabled=true",
            "server.ssl.bundle=web",
            "spring.ssl.bundle.jks.web.keystore.location=file:" + current,
            "spring.ssl.bundle.jks.web.keystore.password=changeit",
            "spring.ssl.bundle.jks.web.reload-on-update=true",
            "spring.ssl.bundle.watch.file.quiet-period=100ms"
        };
    }

    @Test
    void twoProcessesSpeakHttp2OverTls() throws Exception {
        try (Instance one = Instance.start(server, "one", port, properties);
                Instance two = Instance.start(server, "two", port, properties)) {
            assertThat(get().body()).contains(" HTTP/2.0 ");
            one.close();
            assertThat(get().body()).startsWith("two HTTP/2.0 ");
            assertThat(two.server().getPort()).isEqualTo(port);
        }
    }

    @Test
    void aNewCertificateIsServedWithoutARestart() throws Exception {
        assumeFalse(server.name().startsWith("JETTY"), "Spring Boot doesn't reload SSL bundles with Jetty");
        try (Instance one = Instance.start(server, "one", port, properties)) {
            assertThat(certificate()).isEqualTo("CN=before");
            Path next = Files.copy(keys.resolve("after.p12"), directory.resolve("next.p12"));
            Files.move(next, directory.resolve("current.p12"), StandardCopyOption.REPLACE_EXISTING);
            await().atMost(Duration.ofSeconds(60)).until(() -> certificate().equals("CN=after"));
            assertThat(one.server().getPort()).isEqualTo(port);
        }
    }

    private static void createKey(String name) throws Exception {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "web",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "SAN=dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        keys.resolve(name + ".p12").toString())
                .inheritIO()
                .start();
        try {
            assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(keytool.exitValue()).isZero();
        } finally {
            keytool.destroyForcibly();
        }
    }

    private String certificate() throws Exception {
        X509Certificate certificate =
                (X509Certificate) get().sslSession().orElseThrow().getPeerCertificates()[0];
        return certificate.getSubjectX500Principal().getName();
    }

    /** On a new connection. */
    private HttpResponse<String> get() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new TrustsEveryone()}, new SecureRandom());
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("https://localhost:" + port)).build();
        return client.send(request, BodyHandlers.ofString());
    }

    /** The certificates are of this test's own making. */
    private static final class TrustsEveryone extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
