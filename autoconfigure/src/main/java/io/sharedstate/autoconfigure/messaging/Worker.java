package io.sharedstate.autoconfigure.messaging;

/** What one thread of a listener does. */
interface Worker extends Runnable {

    /** Calls the method with one message after the other until it is told to stop. */
    @Override
    void run();

    /** Has {@link #run} return when what is in work is finished. */
    void stop();
}
