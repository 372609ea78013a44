package io.sharedstate.jackson;

import io.sharedstate.Codec;
import io.sharedstate.CodecFactory;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON of any type that Jackson reads and writes. Properties that a reader doesn't know are ignored or refused as the mapper says;
 * during a rolling update old and new processes read each other's values.
 */
public final class JacksonCodecs implements CodecFactory {

    private final ObjectMapper mapper;

    /** With Jackson's defaults. */
    public JacksonCodecs() {
        this(JsonMapper.shared());
    }

    public JacksonCodecs(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public <T> Codec<T> codec(Class<T> type) {
        return new Json<>(mapper, mapper.constructType(type));
    }

    private record Json<T>(ObjectMapper mapper, JavaType type) implements Codec<T> {

        @Override
        public byte[] encode(T object) {
            return mapper.writeValueAsBytes(object);
        }

        @Override
        public T decode(byte[] bytes) {
            return mapper.readValue(bytes, type);
        }

        @Override
        public String format() {
            return "json";
        }
    }
}
