package io.sharedstate.it.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code docs/running.md}, as far as it can be checked without a cluster. */
class RunningPageTests {

    private static final Pattern MANIFEST = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern FILE = Pattern.compile("\\]\\(\\.\\./([^)#]+)\\)");

    private final String page = Files.readString(Launcher.HOME.resolve("../docs/running.md"));

    RunningPageTests() throws IOException {}

    @Test
    void theFilesThatItNamesExist() {
        assertThat(FILE.matcher(page).results().map(file -> Path.of(file.group(1))))
                .hasSizeGreaterThanOrEqualTo(4)
                .allSatisfy(
                        file -> assertThat(Launcher.HOME.resolveSibling(file)).exists());
    }

    @Test
    void eachManifestIsADeploymentAndAServiceThatFindsIt() {
        List<List<JsonNode>> manifests = manifests();
        assertThat(manifests).hasSize(2).allSatisfy(objects -> {
            assertThat(objects)
                    .extracting(object -> object.path("kind").asString())
                    .containsExactly("Deployment", "Service");
            assertThat(objects)
                    .extracting(object -> object.path("apiVersion").asString())
                    .containsExactly("apps/v1", "v1");
            JsonNode pod = objects.get(0).at("/spec/template");
            JsonNode service = objects.get(1).path("spec");
            assertThat(pod.at("/metadata/labels")).isEqualTo(service.path("selector"));
            assertThat(objects.get(0).at("/spec/selector/matchLabels")).isEqualTo(service.path("selector"));
            assertThat(pod.at("/spec/containers/0/ports/0/containerPort").asInt())
                    .isEqualTo(service.at("/ports/0/targetPort").asInt())
                    .isEqualTo(8080);
        });
    }

    @Test
    void theInstancesOfAPodShareAVolumeAndAreAskedOnPortsOfTheirOwn() {
        for (List<JsonNode> objects : manifests()) {
            JsonNode pod = objects.get(0).at("/spec/template/spec");
            String volume = pod.at("/volumes/0/name").asString();
            List<Integer> ports = new ArrayList<>();
            for (JsonNode container : pod.path("containers")) {
                Map<String, String> environment = environment(container);
                assertThat(container.at("/volumeMounts/0/name").asString()).isEqualTo(volume);
                assertThat(container.at("/volumeMounts/0/mountPath").asString())
                        .isEqualTo(environment.get("SHAREDSTATE_MAPPED_DIRECTORY"));
                int port = Integer.parseInt(environment.getOrDefault("MANAGEMENT_SERVER_PORT", "8080"));
                assertThat(container.at("/readinessProbe/httpGet/port").asInt()).isEqualTo(port);
                assertThat(container.at("/livenessProbe/httpGet/port").asInt()).isEqualTo(port);
                ports.add(port);
            }
            assertThat(ports).isNotEmpty().doesNotHaveDuplicates();
        }
    }

    private static Map<String, String> environment(JsonNode container) {
        return StreamSupport.stream(container.path("env").spliterator(), false)
                .collect(Collectors.toMap(
                        variable -> variable.path("name").asString(),
                        variable -> variable.path("value").asString()));
    }

    private List<List<JsonNode>> manifests() {
        JsonMapper json = new JsonMapper();
        return MANIFEST.matcher(page)
                .results()
                .map((MatchResult manifest) -> StreamSupport.stream(
                                new Yaml().loadAll(manifest.group(1)).spliterator(), false)
                        .map(object -> (JsonNode) json.valueToTree(object))
                        .toList())
                .toList();
    }
}
