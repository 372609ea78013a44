package io.sharedstate.it.launcher;

/** {@code sample-app/systemd}: all instances accept from the socket that systemd holds. */
@Requires(command = Systemd.REQUIRED, otherwise = Systemd.OTHERWISE)
class SystemdInheritedTests extends LauncherTests {

    SystemdInheritedTests() {
        super(new Systemd(true));
    }

    /** Tomcat's own way to stop closes connections that it has accepted but not read from. */
    @Override
    int cutByAStop() {
        return CUSTOMERS;
    }
}
