package io.sharedstate.autoconfigure.cache;

import io.sharedstate.Codec;
import io.sharedstate.autoconfigure.serialization.FilteredSerialization;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.NotSerializableException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.support.NullValue;

/** The values of a cache as bytes: one that says how they were made, and those of a declared type's codec, or of serialization. */
final class ValueEncoding {

    private static final byte NULL = 0;
    private static final byte SERIALIZED = 1;
    private static final byte DECLARED = 2;

    private final String cache;
    private final FilteredSerialization serialization;
    private final @Nullable Declared<?> declared;

    /** What a cache is declared to hold. */
    record Declared<T>(Class<T> type, Codec<T> codec) {

        byte[] encode(Object value) {
            return codec.encode(type.cast(value));
        }
    }

    ValueEncoding(String cache, FilteredSerialization serialization, @Nullable Declared<?> declared) {
        this.cache = cache;
        this.serialization = serialization;
        this.declared = declared;
    }

    /** @throws IllegalArgumentException if this cache can't hold it */
    byte[] encode(Object value) {
        if (value == NullValue.INSTANCE) {
            return new byte[] {NULL};
        }
        if (declared == null) {
            return marked(SERIALIZED, serialize(value));
        }
        if (!declared.type().isInstance(value)) {
            throw new IllegalArgumentException(refused(value) + "it is declared to hold "
                    + declared.type().getName() + " (" + property("value-type") + ")");
        }
        return marked(DECLARED, declared.encode(value));
    }

    private byte[] serialize(Object value) {
        try {
            return serialization.serialize(value);
        } catch (NotSerializableException e) {
            throw new IllegalArgumentException(
                    refused(value) + e.getMessage() + " isn't Serializable; make it so, or set "
                            + property("value-type") + ", for JSON",
                    e);
        } catch (InvalidClassException e) {
            throw new IllegalArgumentException(
                    refused(value) + e.getMessage() + "; add the class to sharedstate.cache.serial-filter, or set "
                            + property("value-type") + ", for JSON",
                    e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String refused(Object value) {
        return "cache '" + cache + "' can't hold an object of "
                + value.getClass().getName() + ": ";
    }

    private String property(String setting) {
        return "sharedstate.caches." + cache + "." + setting;
    }

    private static byte[] marked(byte kind, byte[] encoded) {
        byte[] bytes = new byte[1 + encoded.length];
        bytes[0] = kind;
        System.arraycopy(encoded, 0, bytes, 1, encoded.length);
        return bytes;
    }

    Object decode(byte[] bytes) throws Exception {
        byte[] encoded = Arrays.copyOfRange(bytes, 1, bytes.length);
        return switch (bytes[0]) {
            case NULL -> NullValue.INSTANCE;
            case SERIALIZED -> serialization.deserialize(encoded);
            case DECLARED -> {
                if (declared == null) {
                    throw new IOException("it was written when " + property("value-type") + " was set");
                }
                yield declared.codec().decode(encoded);
            }
            default -> throw new IOException("it begins with " + bytes[0]);
        };
    }
}
