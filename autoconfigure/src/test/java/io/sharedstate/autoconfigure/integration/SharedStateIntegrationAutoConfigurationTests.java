package io.sharedstate.autoconfigure.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sharedstate.Kind;
import io.sharedstate.MapFullException;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.context.IntegrationContextUtils;
import org.springframework.integration.metadata.ConcurrentMetadataStore;
import org.springframework.integration.metadata.MetadataStore;
import org.springframework.integration.metadata.SimpleMetadataStore;
import org.springframework.integration.selector.MetadataStoreSelector;
import org.springframework.integration.support.leader.LockRegistryLeaderInitiator;
import org.springframework.integration.support.locks.DefaultLockRegistry;
import org.springframework.integration.support.locks.LockRegistry;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.GenericMessage;

class SharedStateIntegrationAutoConfigurationTests {

    private static final String METADATA = "sharedstate.integration.metadata";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(
                    IntegrationAutoConfiguration.class,
                    SharedStateAutoConfiguration.class,
                    SharedStateIntegrationAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap");

    private static ConcurrentMetadataStore store(ApplicationContext context) {
        return context.getBean(ConcurrentMetadataStore.class);
    }

    @Test
    void isThereWithTheLibraryAndTakesNoRoomUntilItIsAskedFor() {
        runner.run(context -> {
            SharedState state = context.getBean(SharedState.class);
            assertThat(state.names(Kind.MAP)).isEmpty();
            assertThat(context).getBean(LockRegistry.class).isInstanceOf(SharedLockRegistry.class);
            assertThat(IntegrationContextUtils.getMetadataStore(context)).isSameAs(store(context));
            assertThat(state.names(Kind.MAP)).containsExactly(SharedLockRegistry.MAP, METADATA);
        });
    }

    @Test
    void isAbsentWithoutTheLibrary() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        SharedStateAutoConfiguration.class, SharedStateIntegrationAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .withClassLoader(new FilteredClassLoader("org.springframework.integration"))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean("sharedLockRegistry")
                        .doesNotHaveBean("metadataStore"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"sharedstate.enabled=false", "sharedstate.integration.enabled=false"})
    void isAbsentWhenDisabled(String property) {
        runner.withPropertyValues(property)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(LockRegistry.class)
                        .doesNotHaveBean(MetadataStore.class));
    }

    @Test
    void eachGivesWayToAnotherOfItsKind() {
        LockRegistry<?> locks = new DefaultLockRegistry();
        runner.withBean("locks", LockRegistry.class, () -> locks).run(context -> {
            assertThat(context).getBean(LockRegistry.class).isSameAs(locks);
            assertThat(context).hasBean("metadataStore");
        });
        MetadataStore store = new SimpleMetadataStore();
        runner.withBean("seen", MetadataStore.class, () -> store).run(context -> {
            assertThat(context).getBean(MetadataStore.class).isSameAs(store);
            assertThat(context).hasBean("sharedLockRegistry");
        });
    }

    @Test
    void anotherContextLeadsWhenTheLeadersIsClosed(@TempDir Path directory) {
        ApplicationContextRunner instance = mapped(directory).withUserConfiguration(Leader.class);
        instance.run(next -> {
            initiator(next).stop();
            instance.run(first -> {
                await().until(() -> isLeader(first));
                initiator(next).start();
                assertThat(isLeader(next)).isFalse();
            });
            await().until(() -> isLeader(next));
        });
    }

    private ApplicationContextRunner mapped(Path directory) {
        return runner.withPropertyValues(
                "sharedstate.engine=mapped", "sharedstate.name=leader", "sharedstate.mapped.directory=" + directory);
    }

    private static LockRegistryLeaderInitiator initiator(ApplicationContext context) {
        return context.getBean(LockRegistryLeaderInitiator.class);
    }

    private static boolean isLeader(ApplicationContext context) {
        return initiator(context).getContext().isLeader();
    }

    @Configuration(proxyBeanMethods = false)
    static class Leader {
        @Bean
        LockRegistryLeaderInitiator leaderInitiator(LockRegistry<?> locks) {
            return new LockRegistryLeaderInitiator(locks);
        }
    }

    @Test
    void aMessageIsAcceptedOnceByAllProcesses(@TempDir Path directory) {
        mapped(directory)
                .run(one -> mapped(directory).run(two -> {
                    Message<String> message = new GenericMessage<>("order 7");
                    assertThat(onceOnly(one).accept(message)).isTrue();
                    assertThat(onceOnly(two).accept(message)).isFalse();
                    assertThat(onceOnly(two).accept(new GenericMessage<>("order 8")))
                            .isTrue();
                    assertThat(onceOnly(one).accept(new GenericMessage<>("order 8")))
                            .isFalse();
                }));
    }

    private static MetadataStoreSelector onceOnly(ApplicationContext context) {
        return new MetadataStoreSelector(message -> message.getPayload().toString(), store(context));
    }

    @Test
    void keepsMetadataByCompareAndSet(@TempDir Path directory) {
        mapped(directory)
                .run(one -> mapped(directory).run(two -> {
                    store(one).put("offset", "1");
                    assertThat(store(two).putIfAbsent("offset", "2")).isEqualTo("1");
                    assertThat(store(two).replace("offset", "0", "3")).isFalse();
                    assertThat(store(two).replace("offset", "1", "3")).isTrue();
                    assertThat(store(one).get("offset")).isEqualTo("3");
                    assertThat(store(one).remove("offset")).isEqualTo("3");
                    assertThat(store(two).get("offset")).isNull();
                }));
    }

    @Test
    void refusesAnotherKeyWhenItIsFullAndForgetsNone() {
        runner.withPropertyValues("sharedstate.integration.metadata.max-size=64KB")
                .run(context -> {
                    int[] known = {0};
                    assertThatThrownBy(() -> {
                                while (true) {
                                    store(context).put("message " + known[0], "seen");
                                    known[0]++;
                                }
                            })
                            .isInstanceOf(MapFullException.class);
                    for (int i = 0; i < known[0]; i++) {
                        assertThat(store(context).get("message " + i)).isEqualTo("seen");
                    }
                });
    }

    @Test
    void forgetsAKeyAfterItsTime() {
        runner.withPropertyValues("sharedstate.integration.metadata.ttl=20ms").run(context -> {
            store(context).put("message", "seen");
            await().until(() -> store(context).get("message") == null);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"max-size=1KB", "ttl=0s"})
    void refusesASettingThatNoMapHasAndSaysWhich(String setting) {
        runner.withPropertyValues("sharedstate.integration.metadata." + setting)
                .withBean(MetadataUser.class)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.integration.metadata", setting.split("=", 2)[0]);
                });
    }

    static class MetadataUser {
        MetadataUser(MetadataStore store) {}
    }
}
