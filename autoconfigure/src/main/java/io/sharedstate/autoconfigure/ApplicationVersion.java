package io.sharedstate.autoconfigure;

import io.sharedstate.SharedState;
import io.sharedstate.doctor.Doctor;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.info.BuildProperties;
import org.springframework.core.env.Environment;

/** Tells the other members which version of the application this one runs, and warns if they run others. */
final class ApplicationVersion implements SmartInitializingSingleton {

    private static final int MAX_LENGTH = 80;

    private final SharedState state;
    private final @Nullable String version;

    ApplicationVersion(SharedState state, ObjectProvider<BuildProperties> build, Environment environment) {
        this.state = state;
        this.version = version(build.getIfAvailable(), environment);
    }

    /** Of the build; else that of the manifest, which Spring Boot has in the environment. */
    private static @Nullable String version(@Nullable BuildProperties build, Environment environment) {
        String built = build != null ? build.getVersion() : null;
        return built != null ? built : environment.getProperty("spring.application.version");
    }

    @Override
    public void afterSingletonsInstantiated() {
        if (version != null) {
            String ascii = version.replaceAll("[^ -~]", "?");
            state.members().announceVersion(ascii.substring(0, Math.min(MAX_LENGTH, ascii.length())));
            Doctor.warn(Doctor.versions(state.members().all()));
        }
    }
}
