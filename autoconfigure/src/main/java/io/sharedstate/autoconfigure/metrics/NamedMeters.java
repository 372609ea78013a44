package io.sharedstate.autoconfigure.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sharedstate.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/** The meters of all names of one kind in one registry. */
final class NamedMeters {

    private static final Log logger = LogFactory.getLog(SharedStateMetrics.class);

    private final MeterRegistry registry;
    private final Kind kind;
    private final Set<String> declared;
    private final int maxNames;
    private final BiFunction<String, MeterRegistry, List<Meter>> register;
    private final Map<String, List<Meter>> meters = new HashMap<>();
    private boolean warned;

    NamedMeters(
            MeterRegistry registry,
            Kind kind,
            Set<String> declared,
            int maxNames,
            BiFunction<String, MeterRegistry, List<Meter>> register) {
        this.registry = registry;
        this.kind = kind;
        this.declared = declared;
        this.maxNames = maxNames;
        this.register = register;
    }

    Kind kind() {
        return kind;
    }

    /** Registers meters for what is new in {@code names}, and removes those of what is no longer there. */
    synchronized void refresh(List<String> names) {
        Set<String> existing = new HashSet<>(names);
        meters.entrySet().removeIf(entry -> {
            boolean gone = !existing.contains(entry.getKey());
            if (gone) {
                entry.getValue().forEach(registry::remove);
            }
            return gone;
        });
        names.stream().filter(declared::contains).forEach(this::addIfNew);
        for (String name : names) {
            if (meters.size() >= maxNames) {
                warnIfSomeHaveNone(names);
                return;
            }
            addIfNew(name);
        }
    }

    private void addIfNew(String name) {
        if (!meters.containsKey(name)) {
            meters.put(name, register.apply(name, registry));
        }
    }

    private void warnIfSomeHaveNone(List<String> names) {
        if (!warned && names.size() > meters.size()) {
            warned = true;
            logger.warn(String.format(
                    "There are %d shared %ss, and only %d of them have meters;"
                            + " set sharedstate.metrics.max-names (now %d) higher if the rest should too",
                    names.size(), kind.label(), meters.size(), maxNames));
        }
    }
}
