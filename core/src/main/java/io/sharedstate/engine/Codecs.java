package io.sharedstate.engine;

import io.sharedstate.Codec;
import io.sharedstate.CodecFactory;
import io.sharedstate.jackson.JacksonCodecs;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the codec for a type: one of ours, else one of the factory's. */
public final class Codecs {

    /** The longest format, in characters. */
    public static final int LONGEST_FORMAT = 16;

    private static final Pattern FORMAT = Pattern.compile("[ -~]{0," + LONGEST_FORMAT + "}");

    private final @Nullable CodecFactory others;

    /** @param others null for Jackson, if it is there when it is needed: loading it takes longer than all else here */
    public Codecs(@Nullable CodecFactory others) {
        this.others = others;
    }

    private static final class Jackson {
        static final CodecFactory FACTORY = jacksonIfThere();
    }

    private static CodecFactory jacksonIfThere() {
        try {
            return new JacksonCodecs();
        } catch (LinkageError e) {
            return new CodecFactory() {
                @Override
                public <T> Codec<T> codec(Class<T> type) {
                    throw new IllegalArgumentException("no codec for " + type.getName()
                            + ": String, Long and byte[] need none; for others add tools.jackson.core:jackson-databind,"
                            + " or give a Codec of your own");
                }
            };
        }
    }

    @SuppressWarnings("unchecked")
    public <T> Codec<T> codec(Class<T> type) {
        if (type == String.class) {
            return (Codec<T>) Codec.string();
        }
        if (type == Long.class) {
            return (Codec<T>) Codec.int64();
        }
        if (type == byte[].class) {
            return (Codec<T>) Codec.bytes();
        }
        return (others != null ? others : Jackson.FACTORY).codec(type);
    }

    /** What a codec writes, as is kept beside what it wrote. */
    public static String format(Codec<?> codec) {
        String format = codec.format();
        if (!FORMAT.matcher(format).matches()) {
            throw new IllegalArgumentException("codec " + codec + " has format '" + format + "'; a format has at most "
                    + LONGEST_FORMAT + " printable ASCII characters");
        }
        return format;
    }
}
