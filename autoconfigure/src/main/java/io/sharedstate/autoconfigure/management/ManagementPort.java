package io.sharedstate.autoconfigure.management;

import io.sharedstate.Members;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.web.server.ConfigurableWebServerFactory;
import org.springframework.core.env.Environment;

/** The management server's port: {@code management.server.port} plus the ordinal times {@code sharedstate.server.management-port-offset}. */
final class ManagementPort {

    static final String OFFSET = "sharedstate.server.management-port-offset";
    static final String BASE = "management.server.port";
    private static final int HIGHEST = 65_535;

    private final int port;

    /** @throws InvalidConfigurationPropertyValueException if there can't be such a port */
    ManagementPort(int offset, Environment environment, Members members) {
        Integer base = environment.getProperty(BASE, Integer.class);
        if (offset < 0 || offset > HIGHEST) {
            throw refused(offset, "Expected a number from 0 to " + HIGHEST + ".");
        }
        if (offset == 0 || (base != null && base < 0)) {
            port = -1; // the same for all, or no management server
            return;
        }
        if (base == null) {
            throw refused(
                    offset,
                    "There is no management server to give a port to: '" + BASE
                            + "' is not set. Set it to the port of the member with ordinal 0, or remove the offset.");
        }
        if (base == 0) {
            throw refused(
                    offset,
                    "'" + BASE
                            + "' is 0, which gives each process any free port already. Set it to the port of the member"
                            + " with ordinal 0, or remove the offset.");
        }
        int serverPort = environment.getProperty("server.port", Integer.class, 8080);
        if (ManagementPortType.get(environment) == ManagementPortType.SAME) {
            throw refused(
                    offset,
                    "'" + BASE + "' is " + base + " as the server's port, which is one port for everything. Set another"
                            + " one, or remove the offset.");
        }
        int ordinal = members.self().ordinal();
        long sum = base + (long) ordinal * offset;
        String whose = "The management port of this process, the member with ordinal " + ordinal + ", would be " + base
                + " + " + ordinal + " × " + offset + " = " + sum;
        if (sum > HIGHEST) {
            throw refused(
                    offset,
                    whose + ", but " + HIGHEST + " is the highest there is. Set '" + BASE + "' or the offset lower.");
        }
        if (sum == serverPort) {
            throw refused(
                    offset,
                    whose + ", which is the server's own port. Set '" + BASE + "' so that no member gets that one.");
        }
        port = (int) sum;
    }

    private static InvalidConfigurationPropertyValueException refused(int offset, String reason) {
        return new InvalidConfigurationPropertyValueException(OFFSET, offset, reason);
    }

    void apply(ConfigurableWebServerFactory factory) {
        if (port > 0) {
            factory.setPort(port);
        }
    }
}
