package io.sharedstate.autoconfigure.session;

import io.sharedstate.CodecException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;

/** Turns attributes into bytes and back, each for itself, by a conversion service as Spring Session's own stores on databases do. */
final class AttributeSerializer {

    static final String CONVERSION_SERVICE = "springSessionConversionService";

    private static final TypeDescriptor OBJECT = TypeDescriptor.valueOf(Object.class);
    private static final TypeDescriptor BYTES = TypeDescriptor.valueOf(byte[].class);

    private final ConversionService conversion;

    AttributeSerializer(ConversionService conversion) {
        this.conversion = conversion;
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
                            + JavaSerialization.FILTER_PROPERTY + "', or define a ConversionService '"
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
                            + " what is there compatible, allow its classes by '" + JavaSerialization.FILTER_PROPERTY
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
