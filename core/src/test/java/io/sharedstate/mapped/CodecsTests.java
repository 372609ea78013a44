package io.sharedstate.mapped;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sharedstate.Codec;
import io.sharedstate.CodecFactory;
import io.sharedstate.SharedState;
import io.sharedstate.engine.Codecs;
import io.sharedstate.mapped.layout.FileHeader;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import org.junit.jupiter.api.Test;

class CodecsTests {

    record Order(String id) {}

    @Test
    void plainTypesHaveCodecsOfTheirOwn() {
        Codecs codecs = new Codecs(null);
        assertThat(codecs.codec(String.class)).isSameAs(Codec.string());
        assertThat(codecs.codec(Long.class)).isSameAs(Codec.int64());
        assertThat(codecs.codec(byte[].class)).isSameAs(Codec.bytes());
        assertThat(codecs.codec(String.class).format()).isEqualTo("utf-8");
        assertThat(codecs.codec(Long.class).encode(258L)).containsExactly(0, 0, 0, 0, 0, 0, 1, 2);
        assertThat(codecs.codec(byte[].class).format()).isEqualTo("bytes");
    }

    @Test
    void everyFormatFitsTheHeaderOfAFile() {
        assertThat(Codecs.LONGEST_FORMAT).isEqualTo(FileHeader.FORMAT_LENGTH);
    }

    @Test
    void otherTypesAreJsonWhenJacksonIsThere() {
        assertThat(new Codecs(null).codec(Order.class).format()).isEqualTo("json");
    }

    @Test
    void theApplicationsFactoryComesBeforeJacksonAndAfterThePlainTypes() {
        Codec<URI> uris = new Codec<>() {
            @Override
            public byte[] encode(URI uri) {
                return Codec.string().encode(uri.toString());
            }

            @Override
            public URI decode(byte[] bytes) {
                return URI.create(Codec.string().decode(bytes));
            }
        };
        CodecFactory factory = new CodecFactory() {
            @Override
            @SuppressWarnings("unchecked")
            public <T> Codec<T> codec(Class<T> type) {
                if (type != URI.class) {
                    throw new IllegalArgumentException("only URIs");
                }
                return (Codec<T>) uris;
            }
        };
        try (SharedState state = MappedEngine.heap().codecs(factory).open()) {
            state.value("page", URI.class).set(URI.create("a:b"));
            assertThat(state.value("page", URI.class).get()).isEqualTo(URI.create("a:b"));
            state.value("plain", String.class).set("text");
            assertThatThrownBy(() -> state.value("order", Order.class)).hasMessage("only URIs");
        }
    }

    @Test
    void withoutJacksonPlainTypesWorkAndOthersSayWhatToAdd() throws Exception {
        try (IsolatedClassLoader loader = IsolatedClassLoader.without("tools.jackson")) {
            Constructor<?> constructor =
                    loader.loadClass(Codecs.class.getName()).getDeclaredConstructors()[0];
            constructor.setAccessible(true);
            Object codecs = constructor.newInstance(new Object[] {null});
            Method codec = codecs.getClass().getDeclaredMethod("codec", Class.class);
            codec.setAccessible(true);
            assertThat(codec.invoke(codecs, String.class).getClass().getClassLoader())
                    .isSameAs(loader);
            assertThatThrownBy(() -> codec.invoke(codecs, Order.class))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no codec for " + Order.class.getName())
                    .hasMessageContaining("jackson-databind");
        }
    }
}
