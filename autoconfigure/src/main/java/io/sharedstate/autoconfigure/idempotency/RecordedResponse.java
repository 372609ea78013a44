package io.sharedstate.autoconfigure.idempotency;

import io.sharedstate.autoconfigure.idempotency.Exchange.Answered;
import io.sharedstate.autoconfigure.idempotency.Exchange.Header;
import io.sharedstate.autoconfigure.idempotency.Exchange.Replay;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a copy of a response unless its body gets too large, and holds the body back until it is {@linkplain #release released}: who has
 * the whole answer may repeat the request at once, and is to find it kept. A body that is too large, or a stream of events, is passed on
 * as it is written.
 */
final class RecordedResponse extends HttpServletResponseWrapper {

    /** What belongs to one transfer only, or to one client. */
    private static final Set<String> NOT_KEPT = Set.of(
            "set-cookie",
            "connection",
            "keep-alive",
            "transfer-encoding",
            "content-length",
            "date",
            "trailer",
            "upgrade");

    private static final Pattern STREAM =
            Pattern.compile("text/event-stream|application/(x-)?ndjson", Pattern.CASE_INSENSITIVE);

    private final int maxBody;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean errorSent;
    private boolean held = true;
    private int passedOn;
    private boolean tooLarge;
    private @Nullable ServletOutputStream stream;
    private @Nullable PrintWriter writer;

    RecordedResponse(HttpServletResponse response, int maxBody) {
        super(response);
        this.maxBody = maxBody;
    }

    int maxBody() {
        return maxBody;
    }

    /** Whether the container is to write an error page. */
    boolean isErrorSent() {
        return errorSent;
    }

    @Override
    public void sendError(int status) throws IOException {
        errorSent = true;
        super.sendError(status);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        errorSent = true;
        super.sendError(status, message);
    }

    Answered answered(String fingerprint) {
        if (writer != null) {
            writer.flush();
        }
        if (tooLarge) {
            return new Answered(fingerprint, getStatus(), null);
        }
        List<Header> headers = getHeaderNames().stream()
                .filter(name -> !NOT_KEPT.contains(name.toLowerCase(Locale.ROOT)))
                .distinct()
                .flatMap(name -> getHeaders(name).stream().map(value -> new Header(name, value)))
                .toList();
        return new Answered(fingerprint, getStatus(), new Replay(headers, body.toByteArray()));
    }

    /** Holds back what is written from now on. */
    void hold() {
        held = true;
    }

    /** Passes on what was held back, and what is written from now on at once. */
    void release() throws IOException {
        if (writer != null) {
            writer.flush();
        }
        held = false;
        if (body.size() > passedOn) {
            passOn(super.getOutputStream());
        }
    }

    private void passOn(OutputStream out) throws IOException {
        out.write(body.toByteArray(), passedOn, body.size() - passedOn);
        passedOn = body.size();
    }

    private boolean isHeld() {
        String type = getContentType();
        return held && !tooLarge && (type == null || !STREAM.matcher(type).lookingAt());
    }

    private void write(byte[] bytes, int offset, int length, OutputStream out) throws IOException {
        if (!tooLarge && length > maxBody - body.size()) {
            passOn(out);
            tooLarge = true;
            body.reset();
        }
        if (tooLarge) {
            out.write(bytes, offset, length);
        } else {
            body.write(bytes, offset, length);
            if (!isHeld()) {
                passOn(out);
            }
        }
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        if (writer != null) {
            throw new IllegalStateException("getWriter() was called before");
        }
        return stream();
    }

    private ServletOutputStream stream() throws IOException {
        if (stream == null) {
            stream = new RecordingStream(super.getOutputStream());
        }
        return stream;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        if (writer == null) {
            if (stream != null) {
                throw new IllegalStateException("getOutputStream() was called before");
            }
            String encoding = getCharacterEncoding();
            setCharacterEncoding(encoding); // As the container's own writer does, so that it is in the Content-Type.
            writer = new PrintWriter(new OutputStreamWriter(stream(), encoding));
        }
        return writer;
    }

    @Override
    public void flushBuffer() throws IOException {
        if (writer != null) {
            writer.flush();
        }
        if (!isHeld()) {
            super.flushBuffer();
        }
    }

    @Override
    public void resetBuffer() {
        super.resetBuffer();
        forget();
    }

    @Override
    public void reset() {
        super.reset();
        forget();
        stream = null;
        writer = null;
    }

    private void forget() {
        body.reset();
        passedOn = 0;
        tooLarge = false;
    }

    /** What the application writes to. */
    private final class RecordingStream extends ServletOutputStream {

        private final ServletOutputStream out;

        RecordingStream(ServletOutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            RecordedResponse.this.write(bytes, offset, length, out);
        }

        @Override
        public void flush() throws IOException {
            if (!isHeld()) {
                out.flush();
            }
        }

        /** For the container to close: it would close the request, too, of which there may be more to read. */
        @Override
        public void close() throws IOException {
            flush();
        }

        @Override
        public boolean isReady() {
            return out.isReady();
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            out.setWriteListener(listener);
        }
    }
}
