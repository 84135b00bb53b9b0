package io.duet.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.duet.config.DuetConfig;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The manifests are what Kubernetes takes, and fit each other, the image and the settings of Duet. */
class KubernetesTest {
    private final Manifests manifests = new Manifests();
    private final V1Deployment deployment = manifests.one(V1Deployment.class);
    private final V1PodSpec pod = deployment.getSpec().getTemplate().getSpec();
    private final V1Container container = pod.getContainers().get(0);
    private final Map<String, String> labels =
            deployment.getSpec().getTemplate().getMetadata().getLabels();

    @Test
    void aFieldThatKubernetesDoesNotKnowWouldBeFound() {
        JsonNode file = new YAMLMapper().readTree(Manifests.text(Manifests.DIRECTORY.resolve("deployment.yaml")));
        ObjectNode first = (ObjectNode) file.at("/spec/template/spec/containers/0");
        first.put("readOnlyRootFilesystem", true);
        assertThatThrownBy(() -> Manifests.read(file)).hasMessageContaining("readOnlyRootFilesystem");
    }

    @Test
    void everyManifestIsInTheKustomization() throws Exception {
        Set<String> listed = new TreeSet<>();
        Manifests.kustomization().get("resources").forEach(file -> listed.add(file.asString()));
        try (Stream<Path> files = Files.list(Manifests.DIRECTORY)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".yaml") && !name.equals("kustomization.yaml"))
                            .collect(Collectors.toSet()))
                    .isEqualTo(listed);
        }
    }

    @Test
    void selectorsFindThePods() {
        assertThat(labels)
                .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
        assertThat(labels)
                .containsAllEntriesOf(manifests
                        .one(V1PodDisruptionBudget.class)
                        .getSpec()
                        .getSelector()
                        .getMatchLabels());
        Map<String, V1Service> services = manifests.all(V1Service.class).stream()
                .collect(Collectors.toMap(service -> service.getMetadata().getName(), Function.identity()));
        Set<String> ports =
                container.getPorts().stream().map(V1ContainerPort::getName).collect(Collectors.toSet());
        for (String name : List.of("duet", "duet-nodes")) {
            var spec = services.get(name).getSpec();
            assertThat(labels).containsAllEntriesOf(spec.getSelector());
            assertThat(spec.getSessionAffinity()).as("sticky sessions").isNull();
            assertThat(spec.getPorts())
                    .allSatisfy(port ->
                            assertThat(ports).contains(port.getTargetPort().getStrValue()));
        }
        var headless = services.get("duet-nodes").getSpec();
        assertThat(headless.getClusterIP()).isEqualTo("None");
        assertThat(headless.getPublishNotReadyAddresses()).isTrue();
        assertThat(services.get("nobody").getSpec().getSelector()).isNotEqualTo(labels);
        manifests
                .one(V1Ingress.class)
                .getSpec()
                .getRules()
                .get(0)
                .getHttp()
                .getPaths()
                .forEach(path -> assertThat(services)
                        .containsKey(path.getBackend().getService().getName()));
    }

    @Test
    void nodesFindEachOtherByTheHeadlessService() {
        Map<String, String> environment = environment();
        assertThat(environment)
                .containsEntry("DUET_CLUSTER_DISCOVERY", "dns")
                .containsEntry("DUET_CLUSTER_DNS_QUERY", "duet-nodes.$(POD_NAMESPACE).svc.cluster.local")
                .containsEntry("DUET_CLUSTER_PORT", Integer.toString(DuetConfig.Cluster.DEFAULT_PORT));
        assertThat(ports()).contains(DuetConfig.Cluster.DEFAULT_PORT, DuetConfig.Cluster.DEFAULT_PORT + 100, 9080);
    }

    /** README's table has them all. */
    @Test
    void everyVariableIsASettingOfDuet() throws Exception {
        Set<String> used = new TreeSet<>(environment().keySet());
        JsonNode kustomization = Manifests.kustomization();
        kustomization
                .at("/configMapGenerator/0/literals")
                .forEach(each -> used.add(each.asString().split("=")[0]));
        Files.readAllLines(Manifests.DIRECTORY.resolve("secret.env.example")).stream()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> used.add(line.split("=")[0]));
        used.removeIf(name -> name.startsWith("POD_"));
        assertThat(DocumentedSettings.names()).containsAll(used);
    }

    @Test
    void probesAskWhatTheyShouldAndAreMorePatientThanTheAnswers() {
        assertThat(path(container.getStartupProbe())).isEqualTo("/health/started");
        assertThat(path(container.getReadinessProbe())).isEqualTo("/health/ready");
        assertThat(path(container.getLivenessProbe())).isEqualTo("/health/live");
        assertThat(container.getReadinessProbe().getTimeoutSeconds()).isGreaterThan(4);
    }

    @Test
    void aNodeHasTimeToDrain() {
        List<String> preStop = container.getLifecycle().getPreStop().getExec().getCommand();
        Duration needed = Duration.ofSeconds(Long.parseLong(preStop.get(1)) + 3)
                .plus(DuetConfig.defaults().messageLog().deadline());
        assertThat(Duration.ofSeconds(pod.getTerminationGracePeriodSeconds())).isGreaterThan(needed.multipliedBy(2));
        assertThat(deployment
                        .getSpec()
                        .getStrategy()
                        .getRollingUpdate()
                        .getMaxUnavailable()
                        .getIntValue())
                .isZero();
    }

    @Test
    void runsWithoutRights() {
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        var rights = container.getSecurityContext();
        assertThat(rights.getAllowPrivilegeEscalation()).isFalse();
        assertThat(rights.getReadOnlyRootFilesystem()).isTrue();
        assertThat(rights.getCapabilities().getDrop()).containsExactly("ALL");
        assertThat(container.getResources().getLimits()).containsKey("memory");
    }

    @Test
    void whatTheImageWritesToIsMounted() throws Exception {
        Containerfile image = new Containerfile();
        assertThat(container.getVolumeMounts().stream().map(V1VolumeMount::getMountPath))
                .containsAll(image.volumes())
                .contains("/tmp");
        assertThat(pod.getSecurityContext().getRunAsUser() + ":"
                        + pod.getSecurityContext().getRunAsGroup())
                .isEqualTo(image.last("USER"));
        assertThat(ports()).contains(Integer.parseInt(image.last("EXPOSE")));
        assertThat(container.getVolumeMounts())
                .allSatisfy(mount -> assertThat(pod.getVolumes())
                        .anySatisfy(volume -> assertThat(volume.getName()).isEqualTo(mount.getName())));
    }

    @Test
    void growsByConnections() {
        var scaler = manifests.one(V2HorizontalPodAutoscaler.class).getSpec();
        assertThat(scaler.getScaleTargetRef().getName())
                .isEqualTo(deployment.getMetadata().getName());
        assertThat(scaler.getMetrics())
                .anySatisfy(metric ->
                        assertThat(metric.getPods().getMetric().getName()).isEqualTo("duet_connections"));
    }

    private Map<String, String> environment() {
        return container.getEnv().stream()
                .collect(Collectors.toMap(
                        V1EnvVar::getName, variable -> variable.getValue() == null ? "" : variable.getValue()));
    }

    private Set<Integer> ports() {
        return container.getPorts().stream()
                .map(V1ContainerPort::getContainerPort)
                .collect(Collectors.toSet());
    }

    private static String path(V1Probe probe) {
        return probe.getHttpGet().getPath();
    }
}
