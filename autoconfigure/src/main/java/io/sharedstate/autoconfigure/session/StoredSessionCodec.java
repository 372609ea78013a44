package io.sharedstate.autoconfigure.session;

import io.sharedstate.Codec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** A session as bytes: its parts in order, the attributes last. */
final class StoredSessionCodec implements Codec<StoredSession> {

    @Override
    public byte[] encode(StoredSession session) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(session.id());
            out.writeLong(session.created());
            out.writeLong(session.accessed());
            out.writeLong(session.timeout());
            out.writeInt(session.indexes().size());
            for (Map.Entry<String, String> index : session.indexes().entrySet()) {
                out.writeUTF(index.getKey());
                out.writeUTF(index.getValue());
            }
            out.write(session.attributes().bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public StoredSession decode(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return new StoredSession(
                    in.readUTF(),
                    in.readLong(),
                    in.readLong(),
                    in.readLong(),
                    readIndexes(in),
                    new SerializedAttributes(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> readIndexes(DataInputStream in) throws IOException {
        Map<String, String> indexes = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            indexes.put(in.readUTF(), in.readUTF());
        }
        return indexes;
    }

    @Override
    public String format() {
        return "session";
    }
}
