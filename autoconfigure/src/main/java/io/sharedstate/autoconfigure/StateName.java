package io.sharedstate.autoconfigure;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurationPackages;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/**
 * The name of the state that the processes of an application share. What isn't legal is not mended: two applications whose names
 * differ only in what was mended would share by accident.
 */
final class StateName {

    private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");

    private static final String RULE = "letters, digits, '.', '_' and '-', not a '.' first, at most 64 characters";

    private StateName() {}

    static String of(SharedStateProperties properties, Environment environment, BeanFactory beanFactory) {
        String name = properties.name();
        if (name != null && !name.isEmpty()) {
            if (!isLegal(name)) {
                throw new InvalidConfigurationPropertyValueException(
                        "sharedstate.name", name, "A name is " + RULE + ".");
            }
            return name;
        }
        String applicationName = environment.getProperty("spring.application.name");
        if (applicationName != null && isLegal(applicationName)) {
            return applicationName;
        }
        String basePackage = AutoConfigurationPackages.has(beanFactory)
                ? AutoConfigurationPackages.get(beanFactory).get(0)
                : null;
        if (basePackage != null && isLegal(basePackage)) {
            return basePackage;
        }
        throw new InvalidConfigurationPropertyValueException(
                "sharedstate.name",
                name,
                "Nothing else can name the state that this application's processes share: spring.application.name is "
                        + quoted(applicationName) + ", the application's base package is " + quoted(basePackage)
                        + ". Set sharedstate.name: " + RULE + ".");
    }

    private static boolean isLegal(String name) {
        return LEGAL.matcher(name).matches();
    }

    private static String quoted(@Nullable String value) {
        return value == null || value.isEmpty() ? "not set" : "'" + value + "'";
    }
}
