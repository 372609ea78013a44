package io.sharedstate.autoconfigure.logging;

import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.structured.StructuredLoggingJsonMembersCustomizer;

/** The ordinal as {@code member} in structured logs; nothing unless it is logged, and as long as there is none. */
final class LoggedOrdinalJsonMember implements StructuredLoggingJsonMembersCustomizer<Object> {

    @Override
    public void customize(JsonWriter.Members<Object> members) {
        members.add("member", () -> Integer.getInteger(LoggedOrdinal.PROPERTY)).whenNotNull();
    }
}
