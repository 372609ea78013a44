package io.sharedstate.autoconfigure.serialization;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputFilter.Status;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.ConfigurableObjectInputStream;

/**
 * Java serialization of what a filter allows: the usual values of the JDK, the application's own classes, and what its
 * user says. Nothing is written that couldn't be read again.
 */
public final class FilteredSerialization {

    /** More than any entry of a map has. */
    private static final String LIMITS = "maxdepth=200;maxrefs=1000000;maxarray=4194304;maxbytes=16777216";

    /** None of these packages has classes that do more than hold values when they are read. */
    private static final String VALUES =
            "java.lang.*;java.math.*;java.net.URI;java.time.**;java.util.*;java.util.concurrent.*;java.util.concurrent.atomic.*";

    private final String property;
    private final ObjectInputFilter filter;
    private final @Nullable ClassLoader classLoader;

    /**
     * @param property that the patterns are from
     * @param patterns of {@link ObjectInputFilter.Config#createFilter}, which count first
     * @param usual patterns of what is allowed besides the JDK's values
     * @param packages that are allowed with all below them
     * @throws InvalidConfigurationPropertyValueException if they are no patterns
     */
    public FilteredSerialization(
            String property,
            @Nullable String patterns,
            List<String> usual,
            List<String> packages,
            @Nullable ClassLoader classLoader) {
        this.property = property;
        this.classLoader = classLoader;
        List<String> all = new ArrayList<>(List.of(LIMITS));
        if (patterns != null) {
            all.add(patterns);
        }
        all.add(VALUES);
        all.addAll(usual);
        packages.stream().filter(name -> !name.isEmpty()).forEach(name -> all.add(name + ".**"));
        all.add("!*");
        try {
            this.filter = ObjectInputFilter.Config.createFilter(String.join(";", all));
        } catch (IllegalArgumentException e) {
            throw new InvalidConfigurationPropertyValueException(
                    property, patterns, "It is no filter as in jdk.serialFilter: " + e.getMessage());
        }
    }

    /**
     * @throws java.io.NotSerializableException with the name of a class that isn't
     * @throws InvalidClassException with the name of a class that the filter doesn't allow
     */
    public byte[] serialize(Object object) throws IOException {
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
    public Object deserialize(byte[] bytes) throws IOException, ClassNotFoundException {
        Refusal refusal = new Refusal(filter);
        try (ObjectInputStream in = new ConfigurableObjectInputStream(new ByteArrayInputStream(bytes), classLoader)) {
            in.setObjectInputFilter(refusal);
            return in.readObject();
        } catch (InvalidClassException e) {
            throw refusal.type == null
                    ? e
                    : new InvalidClassException(refusal.type.getName(), "not allowed by '" + property + "'");
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
