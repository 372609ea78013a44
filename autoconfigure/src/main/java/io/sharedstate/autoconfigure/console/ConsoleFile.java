package io.sharedstate.autoconfigure.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What the page is made of. */
enum ConsoleFile {
    PAGE("/", "index.html", "text/html;charset=UTF-8"),
    STYLE("/console.css", "console.css", "text/css;charset=UTF-8"),
    SCRIPT("/console.js", "console.js", "text/javascript;charset=UTF-8");

    /** Where the snapshots are streamed. */
    static final String EVENTS = "/events";

    static final String EVENT_STREAM = "text/event-stream;charset=UTF-8";

    /**
     * For every answer. The page runs its own script only and asks nobody but this server, and no string of it becomes markup; no other site
     * may put it into a frame. Proxies keep nothing of it, and hold nothing back.
     */
    static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Cache-Control",
            "no-store",
            "X-Accel-Buffering",
            "no");

    /** Below that of the console. */
    final String path;

    final String contentType;

    private final String resource;

    ConsoleFile(String path, String resource, String contentType) {
        this.path = path;
        this.resource = resource;
        this.contentType = contentType;
    }

    /** Null if there is none. */
    static @Nullable ConsoleFile at(String path) {
        for (ConsoleFile file : values()) {
            if (file.path.equals(path)) {
                return file;
            }
        }
        return null;
    }

    byte[] content() {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(resource), resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the page is, seen from the console's path without a slash at its end: what it loads is named relative to it. */
    static String pageSeenFrom(String consolePath) {
        return consolePath.substring(consolePath.lastIndexOf('/') + 1) + "/";
    }
}
