package io.sharedstate.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** A certificate that is its own authority, and its key; made by the JDK's keytool, as PEM files. */
record Certificate(Path certificate, Path key) {

    private static final String PASSWORD = "secret";

    /** @param names which it is for, as in {@code dns:localhost,ip:127.0.0.1} */
    static Certificate make(Path directory, String alias, String names) throws Exception {
        Path store = directory.resolve(alias + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD,
                        "-alias",
                        alias,
                        "-dname",
                        "CN=" + alias,
                        "-ext",
                        "san=" + names,
                        "-keyalg",
                        "EC")
                .inheritIO()
                .start();
        assertThat(keytool.waitFor(1, TimeUnit.MINUTES) && keytool.exitValue() == 0)
                .as("keytool")
                .isTrue();
        KeyStore made = load(store);
        return new Certificate(
                pem(directory, alias, "CERTIFICATE", made.getCertificate(alias).getEncoded()),
                pem(
                        directory,
                        alias,
                        "PRIVATE KEY",
                        made.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private static Path pem(Path directory, String alias, String what, byte[] bytes) throws IOException {
        String text = "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
                .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes));
        return Files.writeString(directory.resolve(alias + "-" + what.replace(' ', '-') + ".pem"), text);
    }
}
