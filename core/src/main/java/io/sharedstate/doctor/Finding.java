package io.sharedstate.doctor;

/**
 * Something that is not as it should be, though nothing is refused for it.
 *
 * @param found what is so
 * @param expected what should be
 * @param action what to do about it
 */
public record Finding(String found, String expected, String action) {

    /** One sentence. */
    @Override
    public String toString() {
        return found + "; expected " + expected + ": " + action;
    }
}
