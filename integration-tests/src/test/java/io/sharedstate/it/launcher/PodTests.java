package io.sharedstate.it.launcher;

/** Containers as those of a pod of {@code docs/running.md}: with one network, and a volume in memory. */
@Requires(command = "docker version", otherwise = "no Docker engine answers")
class PodTests extends LauncherTests {

    PodTests() {
        super(new Pod());
    }
}
