package io.sharedstate.it.launcher;

/** {@code sample-app/docker}. */
@Requires(
        command = "docker version && { docker compose version || docker-compose version; }",
        otherwise = "no Docker engine answers, or there is neither 'docker compose' nor 'docker-compose'")
class ComposeTests extends LauncherTests {

    ComposeTests() {
        super(new Compose());
    }
}
