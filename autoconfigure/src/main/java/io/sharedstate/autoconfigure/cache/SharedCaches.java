package io.sharedstate.autoconfigure.cache;

import io.sharedstate.Codec;
import io.sharedstate.CodecFactory;
import io.sharedstate.MapOptions;
import io.sharedstate.SharedMap;
import io.sharedstate.SharedState;
import io.sharedstate.WhenFull;
import io.sharedstate.autoconfigure.SharedCacheProperties;
import io.sharedstate.autoconfigure.SharedCacheProperties.Settings;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.cache.ValueEncoding.Declared;
import io.sharedstate.autoconfigure.serialization.FilteredSerialization;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.cache.Cache;
import org.springframework.cache.CacheManager;
import org.springframework.util.ClassUtils;

/** The caches of an application: those that it names, and, if it doesn't name all, others when they are asked for. */
final class SharedCaches implements CacheManager {

    private static final String MAP = "sharedstate.cache.";
    private static final String CLAIMS = "sharedstate.claim.";

    /** For those who compute at the same time, not for entries: room for at least 800 of them. */
    private static final MapOptions CLAIMS_OPTIONS =
            MapOptions.DEFAULT.maxSize(256 << 10).whenFull(WhenFull.REFUSE);

    private final SharedState state;
    private final SharedStateProperties properties;
    private final FilteredSerialization serialization;
    private final Supplier<CodecFactory> codecs;
    private final boolean fixed;
    private final Map<String, SharedCache> caches = new ConcurrentHashMap<>();

    /**
     * @param names of all caches; empty if they aren't known
     * @param codecs for declared types
     */
    SharedCaches(
            SharedState state,
            SharedStateProperties properties,
            List<String> names,
            FilteredSerialization serialization,
            Supplier<CodecFactory> codecs) {
        this.state = state;
        this.properties = properties;
        this.serialization = serialization;
        this.codecs = codecs;
        this.fixed = !names.isEmpty();
        names.forEach(name -> caches.computeIfAbsent(name, this::open));
        properties.caches().keySet().forEach(name -> caches.computeIfAbsent(name, this::open));
    }

    @Override
    public @Nullable Cache getCache(String name) {
        SharedCache known = caches.get(name);
        return known != null || fixed ? known : caches.computeIfAbsent(name, this::open);
    }

    @Override
    public Collection<String> getCacheNames() {
        return Collections.unmodifiableSet(caches.keySet());
    }

    private SharedCache open(String name) {
        Settings settings = properties.caches().getOrDefault(name, Settings.NONE);
        ValueEncoding values = new ValueEncoding(name, serialization, declared(settings.valueType()));
        MapOptions options = options(name, settings);
        SharedMap<byte[], byte[]> map;
        try {
            map = state.map(MAP + name, Codec.bytes(), Codec.bytes(), options);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + name + "' can't be the name of a shared cache: " + e.getMessage(), e);
        }
        Claims claims = new Claims(state, state.map(CLAIMS + name, Codec.bytes(), Claim.CODEC, CLAIMS_OPTIONS));
        return new SharedCache(
                name,
                map,
                claims,
                state.adder(MAP + name),
                values,
                properties.cache().allowNullValues());
    }

    private @Nullable Declared<?> declared(@Nullable Class<?> type) {
        return type == null ? null : declared(codecs.get(), ClassUtils.resolvePrimitiveIfNecessary(type));
    }

    private static <T> Declared<T> declared(CodecFactory codecs, Class<T> type) {
        return new Declared<>(type, codecs.codec(type));
    }

    private MapOptions options(String name, Settings settings) {
        SharedCacheProperties defaults = properties.cache();
        WhenFull whenFull = settings.whenFull() != null ? settings.whenFull() : defaults.whenFull();
        MapOptions options = MapOptions.DEFAULT.whenFull(whenFull);
        options = with(
                name,
                "max-size",
                settings.maxSize(),
                defaults.maxSize(),
                options,
                (sized, size) -> sized.maxSize(size.toBytes()));
        Duration ttl = defaults.ttl();
        return settings.ttl() == null && ttl == null
                ? options
                : with(name, "ttl", settings.ttl(), ttl, options, MapOptions::ttl);
    }

    /** Says which property has a value that no map can have. */
    private static <T> MapOptions with(
            String name,
            String setting,
            @Nullable T own,
            @Nullable T inherited,
            MapOptions options,
            BiFunction<MapOptions, T, MapOptions> option) {
        T value = own != null ? own : Objects.requireNonNull(inherited);
        try {
            return option.apply(options, value);
        } catch (IllegalArgumentException e) {
            String group = own != null ? "sharedstate.caches." + name : "sharedstate.cache";
            throw new InvalidConfigurationPropertyValueException(group + "." + setting, value, e.getMessage());
        }
    }
}
