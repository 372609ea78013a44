package io.sharedstate.doctor;

import io.sharedstate.Member;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Whether all members run the same version of their application. Another version of the engine's files is refused. */
final class ApplicationVersions {

    private ApplicationVersions() {}

    static List<Finding> examine(List<Member> members) {
        Map<String, List<Member>> versions = members.stream()
                .filter(member -> member.version() != null)
                .collect(Collectors.groupingBy(
                        member -> String.valueOf(member.version()), TreeMap::new, Collectors.toList()));
        if (versions.size() < 2) {
            return List.of();
        }
        String found = versions.entrySet().stream()
                .map(version -> version.getKey() + " (member "
                        + version.getValue().stream()
                                .map(member -> String.valueOf(member.ordinal()))
                                .collect(Collectors.joining(", "))
                        + ")")
                .collect(Collectors.joining(", "));
        return List.of(new Finding(
                "members run different versions of the application: " + found,
                "one version, but while they are reloaded one after the other",
                "reload the others, unless that is under way: what one writes, all have to be able to read"));
    }
}
