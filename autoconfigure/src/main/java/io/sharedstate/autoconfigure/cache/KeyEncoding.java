package io.sharedstate.autoconfigure.cache;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.cache.interceptor.SimpleKey;
import org.springframework.util.ReflectionUtils;

/**
 * The keys of a cache as bytes, which are the same for equal keys: a letter for the kind, and what the key consists of; of parts that
 * have no order, in the order of their bytes. Of long ones the SHA-256.
 */
final class KeyEncoding {

    private static final int LONGEST = 128;

    /** There is no method that shows them. */
    private static final Field PARAMETERS = parameters();

    private static final ClassValue<Method[]> ACCESSORS = new ClassValue<>() {
        @Override
        protected Method[] computeValue(Class<?> type) {
            return Stream.of(type.getRecordComponents())
                    .map(RecordComponent::getAccessor)
                    .peek(ReflectionUtils::makeAccessible)
                    .toArray(Method[]::new);
        }
    };

    private final String cache;

    KeyEncoding(String cache) {
        this.cache = cache;
    }

    private static Field parameters() {
        Field field = ReflectionUtils.findField(SimpleKey.class, "params", Object[].class);
        if (field == null) {
            throw new IllegalStateException("SimpleKey has no parameters");
        }
        ReflectionUtils.makeAccessible(field);
        return field;
    }

    /** @throws IllegalArgumentException if it can't be the key of a shared cache */
    byte[] encode(Object key) {
        byte[] bytes;
        try {
            bytes = bytes(key);
        } catch (NotSerializableException e) {
            throw new IllegalArgumentException(
                    "cache '" + cache + "': an object of " + key.getClass().getName() + " can't be a key: "
                            + e.getMessage()
                            + " is neither Serializable nor a record; make it one of these, or choose another key"
                            + " (@Cacheable(key = ...))",
                    e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "cache '" + cache + "': a key has text that isn't well-formed Unicode", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.length <= LONGEST ? bytes : digest(bytes);
    }

    private static byte[] digest(byte[] bytes) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] digest = Arrays.copyOf(new byte[] {'#'}, 1 + sha256.getDigestLength());
            System.arraycopy(sha256.digest(bytes), 0, digest, 1, sha256.getDigestLength());
            return digest;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(@Nullable Object key) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        write(key, new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static void write(@Nullable Object key, DataOutputStream out) throws IOException {
        if (key == null) {
            out.writeByte('0');
        } else if (key instanceof String string) {
            out.writeByte('S');
            write(string, out);
        } else if (key instanceof Long number) {
            out.writeByte('L');
            out.writeLong(number);
        } else if (key instanceof Integer number) {
            out.writeByte('I');
            out.writeInt(number);
        } else if (key instanceof UUID uuid) {
            out.writeByte('U');
            out.writeLong(uuid.getMostSignificantBits());
            out.writeLong(uuid.getLeastSignificantBits());
        } else if (key instanceof Enum<?> constant) {
            out.writeByte('E');
            write(constant.getDeclaringClass().getName(), out);
            write(constant.name(), out);
        } else if (key instanceof SimpleKey) {
            out.writeByte('K');
            writeElements(ReflectionUtils.getField(PARAMETERS, key), out);
        } else if (key instanceof Record) {
            writeRecord(key, out);
        } else if (key instanceof Object[]) {
            out.writeByte('A');
            writeElements(key, out);
        } else if (key.getClass().isArray()) {
            out.writeByte('P');
            write(key.getClass().getName(), out);
            writeElements(key, out);
        } else if (key instanceof List<?> list) {
            out.writeByte('C');
            writeElements(list.toArray(), out);
        } else if (key instanceof Set<?> set) {
            out.writeByte('D');
            writeSorted(set, out);
        } else if (key instanceof Map<?, ?> map) {
            out.writeByte('M');
            writeSorted(map.entrySet(), out);
        } else if (key instanceof Map.Entry<?, ?> entry) {
            out.writeByte('N');
            write(entry.getKey(), out);
            write(entry.getValue(), out);
        } else if (key instanceof Serializable) {
            out.writeByte('J');
            new ObjectOutputStream(out).writeObject(key);
        } else {
            throw new NotSerializableException(key.getClass().getName());
        }
    }

    private static void write(String string, DataOutputStream out) throws IOException {
        ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(string));
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static void writeRecord(Object record, DataOutputStream out) throws IOException {
        out.writeByte('R');
        write(record.getClass().getName(), out);
        for (Method accessor : ACCESSORS.get(record.getClass())) {
            write(ReflectionUtils.invokeMethod(accessor, record), out);
        }
    }

    private static void writeElements(@Nullable Object array, DataOutputStream out) throws IOException {
        int length = Array.getLength(array);
        out.writeInt(length);
        for (int i = 0; i < length; i++) {
            write(Array.get(array, i), out);
        }
    }

    private static void writeSorted(Set<?> elements, DataOutputStream out) throws IOException {
        byte[][] encoded = new byte[elements.size()][];
        int next = 0;
        for (Object element : elements) {
            encoded[next++] = bytes(element);
        }
        Arrays.sort(encoded, Arrays::compare);
        out.writeInt(encoded.length);
        for (byte[] element : encoded) {
            out.write(element);
        }
    }
}
