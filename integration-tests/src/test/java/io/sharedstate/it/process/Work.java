package io.sharedstate.it.process;

/** What a forked JVM does, from its start to its end; made by its constructor without arguments. */
interface Work {

    void run(Child child) throws Exception;
}
