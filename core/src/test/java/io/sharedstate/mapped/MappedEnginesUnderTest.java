package io.sharedstate.mapped;

import io.sharedstate.EngineUnderTest;
import java.util.stream.Stream;

/** Those of this module. */
public final class MappedEnginesUnderTest implements EngineUnderTest.Provider {

    @Override
    public Stream<? extends EngineUnderTest> get() {
        return Engine.all();
    }
}
