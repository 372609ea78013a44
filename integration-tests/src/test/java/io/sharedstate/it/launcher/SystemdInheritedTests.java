package io.sharedstate.it.launcher;

/** {@code sample-app/systemd}: all instances accept from the socket that systemd holds. */
@Requires(command = Systemd.REQUIRED, otherwise = Systemd.OTHERWISE)
class SystemdInheritedTests extends LauncherTests {

    SystemdInheritedTests() {
        super(new Systemd(true));
    }
}
