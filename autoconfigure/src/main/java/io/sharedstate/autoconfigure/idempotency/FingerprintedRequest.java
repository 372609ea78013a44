package io.sharedstate.autoconfigure.idempotency;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request whose payload is digested, however large it is: its query and type, and a form's parameters, the parts of a multipart
 * request, or else the bytes of the body, as the application reads them.
 */
final class FingerprintedRequest extends HttpServletRequestWrapper {

    private final MessageDigest digest = sha256();
    private final boolean isForm;
    private final boolean isMultipart;
    private @Nullable DigestingStream stream;
    private @Nullable BufferedReader reader;

    FingerprintedRequest(HttpServletRequest request) throws IOException, ServletException {
        super(request);
        String type =
                request.getContentType() == null ? "" : request.getContentType().toLowerCase(Locale.ROOT);
        // These two are for the container to read.
        isForm = type.startsWith("application/x-www-form-urlencoded")
                && request.getMethod().equals("POST");
        isMultipart = type.startsWith("multipart/form-data");
        add(request.getQueryString() == null ? "" : request.getQueryString());
        if (isForm) {
            add(type);
            addParameters();
        } else if (isMultipart) {
            addParts(); // Now: applications delete them when they are done.
        } else {
            add(type);
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    /** Reads what the application has left of the payload; call it once, at the end. */
    String fingerprint() throws IOException {
        if (!isForm && !isMultipart) {
            getInputStream().transferTo(OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void addParameters() {
        for (Map.Entry<String, String[]> each : new TreeMap<>(getParameterMap()).entrySet()) {
            add(each.getKey());
            for (String value : each.getValue()) {
                add(value);
            }
        }
    }

    private void addParts() throws IOException, ServletException {
        List<Part> parts =
                getParts().stream().sorted(Comparator.comparing(Part::getName)).toList();
        for (Part part : parts) {
            add(part.getName());
            add(String.valueOf(part.getSubmittedFileName()));
            add(Long.toString(part.getSize()));
            try (InputStream content = part.getInputStream()) {
                content.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), digest));
            }
        }
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        if (isForm || isMultipart) {
            return super.getInputStream();
        }
        if (stream == null) {
            stream = new DigestingStream(super.getInputStream());
        }
        return stream;
    }

    @Override
    public BufferedReader getReader() throws IOException {
        if (isForm || isMultipart) {
            return super.getReader();
        }
        if (reader == null) {
            String encoding = getCharacterEncoding();
            Charset charset = encoding == null ? StandardCharsets.ISO_8859_1 : Charset.forName(encoding);
            reader = new BufferedReader(new InputStreamReader(getInputStream(), charset));
        }
        return reader;
    }

    /** Digests what is read. */
    private final class DigestingStream extends ServletInputStream {

        private final ServletInputStream in;

        DigestingStream(ServletInputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            if (read >= 0) {
                digest.update((byte) read);
            }
            return read;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = in.read(bytes, offset, length);
            if (read > 0) {
                digest.update(bytes, offset, read);
            }
            return read;
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        /** What the application hasn't read is part of the payload, too. */
        @Override
        public void close() {}
    }
}
