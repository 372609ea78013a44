package io.sharedstate.autoconfigure.session;

import io.sharedstate.CodecException;
import io.sharedstate.autoconfigure.serialization.FilteredSerialization;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.core.convert.support.GenericConversionService;
import org.springframework.core.serializer.support.SerializationFailedException;

/** Turns attributes into bytes and back, each for itself, by a conversion service as Spring Session's own stores on databases do. */
final class AttributeSerializer {

    static final String CONVERSION_SERVICE = "springSessionConversionService";

    static final String FILTER_PROPERTY = "sharedstate.session.serial-filter";

    /** What Spring and the JDK keep in sessions, besides plain values. */
    private static final List<String> USUAL = List.of(
            "java.net.URL",
            "java.security.*",
            "javax.security.auth.**",
            "jakarta.servlet.http.Cookie",
            "org.springframework.http.*",
            "org.springframework.security.**",
            "org.springframework.util.*",
            "org.springframework.web.**",
            "kotlin.**");

    private static final TypeDescriptor OBJECT = TypeDescriptor.valueOf(Object.class);
    private static final TypeDescriptor BYTES = TypeDescriptor.valueOf(byte[].class);

    private final ConversionService conversion;

    AttributeSerializer(ConversionService conversion) {
        this.conversion = conversion;
    }

    /**
     * For those who define no conversion service: Java serialization, of classes that a filter allows.
     *
     * @param patterns that count before the default ones
     * @param packages of the application, all below which is allowed
     */
    static AttributeSerializer ofSerializable(
            @Nullable String patterns, List<String> packages, @Nullable ClassLoader classLoader) {
        FilteredSerialization serialization =
                new FilteredSerialization(FILTER_PROPERTY, patterns, USUAL, packages, classLoader);
        GenericConversionService conversion = new GenericConversionService();
        conversion.addConverter(Object.class, byte[].class, object -> {
            try {
                return serialization.serialize(object);
            } catch (IOException e) {
                throw new SerializationFailedException("not serialized", e);
            }
        });
        conversion.addConverter(byte[].class, Object.class, bytes -> {
            try {
                return serialization.deserialize(bytes);
            } catch (IOException | ClassNotFoundException e) {
                throw new SerializationFailedException("not deserialized", e);
            }
        });
        return new AttributeSerializer(conversion);
    }

    byte[] serialize(String name, Object value) {
        byte[] bytes;
        try {
            bytes = (byte[]) conversion.convert(value, OBJECT, BYTES);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "session attribute '" + name + "' of " + value.getClass().getName() + " can't be kept ("
                            + NestedExceptionUtils.getMostSpecificCause(e)
                            + "): make it and all that it refers to Serializable, allow its classes by '"
                            + FILTER_PROPERTY + "', or define a ConversionService '"
                            + CONVERSION_SERVICE + "' that turns it into bytes and back",
                    e);
        }
        if (bytes == null) {
            throw new IllegalArgumentException("session attribute '" + name + "' of "
                    + value.getClass().getName() + " can't be kept: the conversion service makes null of it");
        }
        return bytes;
    }

    /** @return null if the conversion service says that it is to be as if it weren't there */
    @Nullable
    Object deserialize(String name, byte[] bytes) {
        try {
            return conversion.convert(bytes, BYTES, OBJECT);
        } catch (RuntimeException e) {
            throw new CodecException(
                    "session attribute '" + name + "', " + bytes.length + " bytes, can't be read ("
                            + NestedExceptionUtils.getMostSpecificCause(e)
                            + "); it may be from a version of the application with another class: keep serialVersionUID and"
                            + " what is there compatible, allow its classes by '" + FILTER_PROPERTY
                            + "', or define a ConversionService '" + CONVERSION_SERVICE
                            + "' that reads it, or makes null of it",
                    withoutValue(e));
        }
    }

    /** The outermost exception shows the value, which is for nobody's log. */
    private static Throwable withoutValue(RuntimeException e) {
        return e instanceof ConversionFailedException failed && failed.getCause() != null ? failed.getCause() : e;
    }
}
