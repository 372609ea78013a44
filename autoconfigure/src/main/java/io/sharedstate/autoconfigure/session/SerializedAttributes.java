package io.sharedstate.autoconfigure.session;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attributes by name, serialized. They are taken apart only when somebody asks, so that looking through many sessions is cheap. */
@SuppressWarnings("ArrayRecordComponent")
record SerializedAttributes(byte[] bytes) {

    static final SerializedAttributes NONE = new SerializedAttributes(new byte[0]);

    static SerializedAttributes of(Map<String, byte[]> attributes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> attribute : attributes.entrySet()) {
                out.writeUTF(attribute.getKey());
                out.writeInt(attribute.getValue().length);
                out.write(attribute.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new SerializedAttributes(bytes.toByteArray());
    }

    Map<String, byte[]> toMap() {
        Map<String, byte[]> attributes = new LinkedHashMap<>();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            while (in.available() > 0) {
                attributes.put(in.readUTF(), in.readNBytes(in.readInt()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return attributes;
    }

    /** @param changes null for an attribute that was removed */
    SerializedAttributes with(Map<String, byte @Nullable []> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        Map<String, byte[]> attributes = toMap();
        changes.forEach((name, value) -> {
            if (value == null) {
                attributes.remove(name);
            } else {
                attributes.put(name, value);
            }
        });
        return of(attributes);
    }
}
