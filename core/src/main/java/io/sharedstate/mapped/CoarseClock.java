package io.sharedstate.mapped;

/** The time as of the last tick: for who can't afford to read a clock. */
final class CoarseClock {

    private volatile long millis = System.currentTimeMillis();

    void tick() {
        millis = System.currentTimeMillis();
    }

    long millis() {
        return millis;
    }
}
