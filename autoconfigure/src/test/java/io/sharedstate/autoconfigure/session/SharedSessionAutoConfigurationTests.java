package io.sharedstate.autoconfigure.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sharedstate.Kind;
import io.sharedstate.SharedState;
import io.sharedstate.autoconfigure.SharedSessionProperties;
import io.sharedstate.autoconfigure.SharedSessionProperties.FlushMode;
import io.sharedstate.autoconfigure.SharedSessionProperties.SaveMode;
import io.sharedstate.autoconfigure.SharedStateAutoConfiguration;
import io.sharedstate.autoconfigure.SharedStateProperties;
import io.sharedstate.autoconfigure.diagnostics.Analyses;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.session.autoconfigure.SessionAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.GenericConversionService;
import org.springframework.session.FindByIndexNameSessionRepository;
import org.springframework.session.IndexResolver;
import org.springframework.session.MapSessionRepository;
import org.springframework.session.ReactiveMapSessionRepository;
import org.springframework.session.ReactiveSessionRepository;
import org.springframework.session.Session;
import org.springframework.session.SessionIdGenerator;
import org.springframework.session.SessionRepository;
import org.springframework.session.web.http.DefaultCookieSerializer;
import org.springframework.session.web.http.SessionRepositoryFilter;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

class SharedSessionAutoConfigurationTests {

    private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(
            SharedStateAutoConfiguration.class, SharedSessionAutoConfiguration.class, SessionAutoConfiguration.class);
    private static final String ENABLED = "sharedstate.session.enabled=true";

    private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withPropertyValues("sharedstate.engine=heap");
    /** With a server of its own, as an application has it that isn't deployed into one. */
    private final WebApplicationContextRunner embedded = new WebApplicationContextRunner(
                    AnnotationConfigServletWebServerApplicationContext::new)
            .withConfiguration(CONFIGURATIONS)
            .withConfiguration(AutoConfigurations.of(TomcatServletWebServerAutoConfiguration.class))
            .withPropertyValues("sharedstate.engine=heap", "server.port=0", ENABLED);

    private final ReactiveWebApplicationContextRunner reactive = new ReactiveWebApplicationContextRunner()
            .withConfiguration(CONFIGURATIONS)
            .withUserConfiguration(Server.class)
            .withPropertyValues("sharedstate.engine=heap");

    @Test
    void isThereWhenEnabled() {
        runner.withPropertyValues(ENABLED).run(context -> {
            assertThat(context)
                    .hasSingleBean(SharedSessionRepository.class)
                    .hasSingleBean(FindByIndexNameSessionRepository.class)
                    .hasSingleBean(SessionRepositoryFilter.class)
                    .hasSingleBean(DelegatingFilterProxyRegistrationBean.class)
                    .doesNotHaveBean(ReactiveSessionRepository.class);
            assertThat(context.getBean(SharedState.class).names(Kind.MAP)).containsExactly("sharedstate.session");
            assertThat(context.getBean(SessionCleanup.class).isRunning()).isTrue();
        });
    }

    @Test
    void isOffUntilItIsEnabled() {
        runner.run(context -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(SessionRepository.class);
            assertThat(context.getBean(SharedState.class).names(Kind.MAP)).isEmpty();
        });
    }

    @Test
    void isAbsentWithoutTheState() {
        runner.withPropertyValues(ENABLED, "sharedstate.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionRepository.class));
    }

    @Test
    void isAbsentWhereThereIsNoWeb() {
        new ApplicationContextRunner()
                .withConfiguration(CONFIGURATIONS)
                .withPropertyValues("sharedstate.engine=heap", ENABLED)
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionRepository.class));
    }

    @Test
    void saysWhatIsMissingWithoutSpringSession() {
        WebApplicationContextRunner without = new WebApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(SharedStateAutoConfiguration.class, SharedSessionAutoConfiguration.class))
                .withPropertyValues("sharedstate.engine=heap")
                .withClassLoader(
                        new FilteredClassLoader("org.springframework.session", "org.springframework.boot.session"));
        without.run(context -> assertThat(context).hasNotFailed());
        without.withPropertyValues(ENABLED).run(context -> {
            assertThat(context).hasFailed();
            assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                    .contains("sharedstate.session.enabled", "org.springframework.boot:spring-boot-session");
        });
    }

    @Test
    void leavesSessionsToARepositoryOfTheApplication() {
        runner.withPropertyValues(ENABLED)
                .withBean(SessionRepository.class, () -> new MapSessionRepository(new ConcurrentHashMap<>()))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(MapSessionRepository.class)
                        .doesNotHaveBean(SharedSessionRepository.class)
                        .doesNotHaveBean(SessionCleanup.class));
        reactive.withPropertyValues(ENABLED)
                .withBean(
                        ReactiveSessionRepository.class,
                        () -> new ReactiveMapSessionRepository(new ConcurrentHashMap<>()))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(ReactiveMapSessionRepository.class)
                        .doesNotHaveBean(SharedSessionRepository.class));
    }

    @Test
    void isThereForReactiveApplications() {
        reactive.withPropertyValues(ENABLED, "server.reactive.session.timeout=7m")
                .run(context -> {
                    assertThat(context)
                            .hasSingleBean(ReactiveSharedSessionRepository.class)
                            .hasBean(WebHttpHandlerBuilder.WEB_SESSION_MANAGER_BEAN_NAME)
                            .doesNotHaveBean(SessionRepositoryFilter.class);
                    SharedSession session = context.getBean(ReactiveSharedSessionRepository.class)
                            .createSession()
                            .block();
                    assertThat(session.getMaxInactiveInterval()).isEqualTo(Duration.ofMinutes(7));
                });
    }

    @Test
    void takesTheTimeoutOfSpringSessionElseOfTheServer() {
        embedded.run(context -> assertThat(created(context)).hasMinutes(30));
        embedded.withPropertyValues("server.servlet.session.timeout=3m")
                .run(context -> assertThat(created(context)).hasMinutes(3));
        embedded.withPropertyValues("server.servlet.session.timeout=3m", "spring.session.timeout=5m")
                .run(context -> assertThat(created(context)).hasMinutes(5));
        runner.withPropertyValues(ENABLED, "spring.session.timeout=5m")
                .run(context -> assertThat(created(context)).hasMinutes(5));
    }

    private static Duration created(ApplicationContext context) {
        return context.getBean(SharedSessionRepository.class).createSession().getMaxInactiveInterval();
    }

    @Test
    void heedsTheSettingsOfCookieAndFilter() {
        embedded.withPropertyValues(
                        "server.servlet.session.cookie.name=SID",
                        "server.servlet.session.cookie.same-site=strict",
                        "spring.session.servlet.filter-order=42")
                .run(context -> {
                    assertThat(context.getBean(DefaultCookieSerializer.class))
                            .hasFieldOrPropertyWithValue("cookieName", "SID")
                            .hasFieldOrPropertyWithValue("sameSite", "Strict");
                    assertThat(context.getBean(DelegatingFilterProxyRegistrationBean.class)
                                    .getOrder())
                            .isEqualTo(42);
                });
    }

    @Test
    void bindsItsProperties() {
        runner.withPropertyValues(
                        ENABLED,
                        "sharedstate.session.max-size=1MB",
                        "sharedstate.session.save-mode=on-get-attribute",
                        "sharedstate.session.flush-mode=immediate",
                        "sharedstate.session.cleanup-interval=5s",
                        "sharedstate.session.serial-filter=com.vendor.**")
                .run(context -> {
                    SharedSessionProperties session =
                            context.getBean(SharedStateProperties.class).session();
                    assertThat(session.maxSize().toMegabytes()).isEqualTo(1);
                    assertThat(session.saveMode()).isEqualTo(SaveMode.ON_GET_ATTRIBUTE);
                    assertThat(session.flushMode()).isEqualTo(FlushMode.IMMEDIATE);
                    assertThat(session.cleanupInterval()).hasSeconds(5);
                    assertThat(session.serialFilter()).isEqualTo("com.vendor.**");
                    SharedSessionRepository repository = context.getBean(SharedSessionRepository.class);
                    assertThat(repository.findById(repository.createSession().getId()))
                            .as("written at once")
                            .isNotNull();
                });
    }

    @Test
    void takesBeansOfTheApplication() {
        runner.withPropertyValues(ENABLED).withUserConfiguration(Own.class).run(context -> {
            SharedSessionRepository repository = context.getBean(SharedSessionRepository.class);
            SharedSession session = repository.createSession();
            assertThat(session.getId()).endsWith("-own");
            session.setAttribute("any", "value");
            repository.save(session);
            assertThat(repository.findByIndexNameAndIndexValue("tenant", "a")).containsKey(session.getId());
            assertThat(repository.findById(session.getId()).<Object>getAttribute("any"))
                    .isEqualTo("read");
        });
    }

    @Test
    void refusesASizeThatNoMapHasAndSaysWhichProperty() {
        assertRefused("max-size", "1KB", "64 KiB");
    }

    @Test
    void refusesABadFilterAndSaysWhichProperty() {
        assertRefused("serial-filter", "maxdepth=deep", "maxdepth");
    }

    @Test
    void refusesAnIntervalThatIsNone() {
        assertRefused("cleanup-interval", "0s", "millisecond");
    }

    private void assertRefused(String property, String value, String said) {
        runner.withPropertyValues(ENABLED, "sharedstate.session." + property + "=" + value)
                .run(context -> {
                    assertThat(context).hasFailed();
                    assertThat(Analyses.of(context.getStartupFailure()).getDescription())
                            .contains("sharedstate.session." + property, said);
                });
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(ServerProperties.class)
    static class Server {}

    @Configuration(proxyBeanMethods = false)
    static class Own {

        @Bean
        SessionIdGenerator generator() {
            return () -> "-own";
        }

        @Bean
        IndexResolver<Session> resolver() {
            return session -> Map.of("tenant", "a");
        }

        @Bean
        ConversionService springSessionConversionService() {
            GenericConversionService service = new GenericConversionService();
            service.addConverter(Object.class, byte[].class, object -> new byte[1]);
            service.addConverter(byte[].class, Object.class, bytes -> "read");
            return service;
        }
    }
}
