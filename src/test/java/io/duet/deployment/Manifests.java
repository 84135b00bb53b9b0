package io.duet.deployment;

import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What {@code kubectl apply -k} would send, read by the models of the official client: an unknown or missing field fails. */
final class Manifests {
    static final Path DIRECTORY = Path.of("deploy/kubernetes");
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Map<String, Reader> READERS = Map.of(
            "apps/v1 Deployment", V1Deployment::fromJson,
            "v1 Service", V1Service::fromJson,
            "v1 ServiceAccount", V1ServiceAccount::fromJson,
            "v1 Namespace", V1Namespace::fromJson,
            "networking.k8s.io/v1 Ingress", V1Ingress::fromJson,
            "networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy::fromJson,
            "policy/v1 PodDisruptionBudget", V1PodDisruptionBudget::fromJson,
            "autoscaling/v2 HorizontalPodAutoscaler", V2HorizontalPodAutoscaler::fromJson);

    @FunctionalInterface
    private interface Reader {
        Object read(String json) throws IOException;
    }

    private final List<Object> objects = new ArrayList<>();

    Manifests() {
        kustomization().get("resources").forEach(file -> parse(DIRECTORY.resolve(file.asString())));
    }

    static JsonNode kustomization() {
        return YAML.readTree(text(DIRECTORY.resolve("kustomization.yaml")));
    }

    private void parse(Path file) {
        for (String document : text(file).split("(?m)^---$")) {
            objects.add(read(YAML.readTree(document)));
        }
    }

    /** Fails for what Kubernetes does not know. */
    static Object read(JsonNode document) {
        String kind = document.get("apiVersion").asString() + " "
                + document.get("kind").asString();
        try {
            return READERS.get(kind).read(document.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    <T> List<T> all(Class<T> kind) {
        return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    <T> T one(Class<T> kind) {
        List<T> found = all(kind);
        if (found.size() != 1) {
            throw new IllegalStateException(found.size() + " of " + kind);
        }
        return found.get(0);
    }
}
