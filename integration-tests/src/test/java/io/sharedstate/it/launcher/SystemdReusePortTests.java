package io.sharedstate.it.launcher;

/** {@code sample-app/systemd}: each instance has a listening socket. */
@Requires(command = Systemd.REQUIRED, otherwise = Systemd.OTHERWISE)
class SystemdReusePortTests extends LauncherTests {

    SystemdReusePortTests() {
        super(new Systemd(false));
    }
}
