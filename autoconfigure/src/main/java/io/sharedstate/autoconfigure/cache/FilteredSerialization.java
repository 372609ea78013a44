package io.sharedstate.autoconfigure.cache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ConfigurableObjectInputStream;

/**
 * Java serialization of what a filter allows: the usual values of the JDK, the application's own classes, and what its
 * user says. Nothing is written that couldn't be read again.
 */
final class FilteredSerialization {

    /** More than any entry of a map has. */
    private static final String LIMITS = "maxdepth=200;maxrefs=1000000;maxarray=4194304;maxbytes=16777216;";

    /** None of these packages has classes that do more than hold values when they are read. */
    private static final String VALUES =
            "java.lang.*;java.math.*;java.net.URI;java.time.**;java.util.*;java.util.concurrent.*;";

    private final ObjectInputFilter filter;
    private final @Nullable ClassLoader classLoader;

    /**
     * @param pattern of {@link ObjectInputFilter.Config#createFilter}, which counts first
     * @param packages that are allowed with all below them
     * @throws IllegalArgumentException if it is no pattern
     */
    FilteredSerialization(String pattern, List<String> packages, @Nullable ClassLoader classLoader) {
        String own = packages.stream()
                .filter(each -> !each.isEmpty())
                .map(each -> each + ".**;")
                .collect(Collectors.joining());
        this.filter = ObjectInputFilter.Config.createFilter(LIMITS + pattern + ";" + VALUES + own + "!*");
        this.classLoader = classLoader;
    }

    /**
     * @throws java.io.NotSerializableException with the name of a class that isn't
     * @throws InvalidClassException with the name of a class that the filter doesn't allow
     */
    byte[] serialize(Object object) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        byte[] serialized = bytes.toByteArray();
        try {
            deserialize(serialized);
        } catch (ClassNotFoundException e) {
            throw new InvalidClassException(object.getClass().getName(), "can't be read again: " + e);
        }
        return serialized;
    }

    /** @throws InvalidClassException with the name of a class that the filter doesn't allow, or that has changed */
    Object deserialize(byte[] bytes) throws IOException, ClassNotFoundException {
        Refusal refusal = new Refusal(filter);
        try (ObjectInputStream in = new ConfigurableObjectInputStream(new ByteArrayInputStream(bytes), classLoader)) {
            in.setObjectInputFilter(refusal);
            return in.readObject();
        } catch (InvalidClassException e) {
            throw refusal.type == null
                    ? e
                    : new InvalidClassException(refusal.type.getName(), "is not allowed by the serial filter");
        }
    }

    /** Remembers what was refused: the exception doesn't say. */
    private static final class Refusal implements ObjectInputFilter {

        private final ObjectInputFilter filter;
        private @Nullable Class<?> type;

        Refusal(ObjectInputFilter filter) {
            this.filter = filter;
        }

        @Override
        public Status checkInput(FilterInfo info) {
            Status status = filter.checkInput(info);
            if (status == Status.REJECTED) {
                type = info.serialClass();
            }
            return status;
        }
    }
}
