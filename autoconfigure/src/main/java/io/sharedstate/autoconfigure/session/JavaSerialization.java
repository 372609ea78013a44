package io.sharedstate.autoconfigure.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.ConfigurableObjectInputStream;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.GenericConversionService;
import org.springframework.core.serializer.support.DeserializingConverter;
import org.springframework.core.serializer.support.SerializingConverter;

/**
 * The conversion service for those who define none: Java serialization, of classes that a filter allows. It is asked when objects are
 * written, too, so that what can't be read is noticed before it is kept.
 */
final class JavaSerialization {

    static final String FILTER_PROPERTY = "sharedstate.session.serial-filter";

    private static final List<String> ALLOWED =
            List.of("java.**", "javax.**", "jakarta.**", "org.springframework.**", "kotlin.**");

    private JavaSerialization() {}

    /**
     * @param patterns that count before the default ones
     * @param packages of the application, all below which is allowed
     */
    static ConversionService of(@Nullable String patterns, List<String> packages, @Nullable ClassLoader classLoader) {
        ObjectInputFilter filter = filter(patterns, packages);
        GenericConversionService conversion = new GenericConversionService();
        conversion.addConverter(
                Object.class,
                byte[].class,
                new SerializingConverter((object, stream) -> write(object, stream, filter)));
        conversion.addConverter(
                byte[].class, Object.class, new DeserializingConverter(stream -> read(stream, filter, classLoader)));
        return conversion;
    }

    private static ObjectInputFilter filter(@Nullable String patterns, List<String> packages) {
        List<String> all = new ArrayList<>();
        if (patterns != null) {
            all.add(patterns);
        }
        all.addAll(ALLOWED);
        packages.stream().filter(name -> !name.isEmpty()).forEach(name -> all.add(name + ".**"));
        all.add("!*");
        try {
            return ObjectInputFilter.Config.createFilter(String.join(";", all));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    FILTER_PROPERTY, patterns, "It is no filter as in jdk.serialFilter: " + e.getMessage());
        }
    }

    private static void write(Object object, OutputStream stream, ObjectInputFilter filter) throws IOException {
        ObjectOutputStream out = new FilteredOutput(stream, filter);
        out.writeObject(object);
        out.flush();
    }

    private static Object read(InputStream stream, ObjectInputFilter filter, @Nullable ClassLoader classLoader)
            throws IOException {
        AtomicReference<@Nullable Class<?>> refused = new AtomicReference<>();
        try (ObjectInputStream in = new ConfigurableObjectInputStream(stream, classLoader)) {
            in.setObjectInputFilter(info -> {
                Status status = filter.checkInput(info);
                if (status == Status.REJECTED) {
                    refused.set(info.serialClass());
                }
                return status;
            });
            return in.readObject();
        } catch (ClassNotFoundException e) {
            throw new IOException("there is no class " + e.getMessage(), e);
        } catch (InvalidClassException e) {
            Class<?> type = refused.get();
            throw type == null ? e : notAllowed(type); // The exception doesn't say which.
        }
    }

    private static InvalidClassException notAllowed(Class<?> type) {
        return new InvalidClassException(type.getName(), "not allowed by '" + FILTER_PROPERTY + "'");
    }

    /** Writes only what the filter will allow to be read. */
    private static final class FilteredOutput extends ObjectOutputStream {

        private final ObjectInputFilter filter;

        FilteredOutput(OutputStream out, ObjectInputFilter filter) throws IOException {
            super(out);
            this.filter = filter;
        }

        @Override
        protected void annotateClass(Class<?> type) throws IOException {
            check(type);
        }

        @Override
        protected void annotateProxyClass(Class<?> type) throws IOException {
            check(type);
        }

        private void check(Class<?> type) throws IOException {
            if (filter.checkInput(new OneClass(type)) == Status.REJECTED) {
                throw notAllowed(type);
            }
        }
    }

    /** A class without anything around it. */
    private record OneClass(Class<?> serialClass) implements ObjectInputFilter.FilterInfo {

        @Override
        public long arrayLength() {
            return -1;
        }

        @Override
        public long depth() {
            return 1;
        }

        @Override
        public long references() {
            return 1;
        }

        @Override
        public long streamBytes() {
            return 0;
        }
    }
}
