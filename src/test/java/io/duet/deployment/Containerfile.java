package io.duet.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The instructions of the {@code Containerfile}. */
final class Containerfile {
    private final List<Instruction> instructions = new ArrayList<>();

    record Instruction(String name, String arguments) {}

    Containerfile() throws IOException {
        String text = Files.readString(Path.of("Containerfile"))
                .lines()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .collect(Collectors.joining("\n"))
                .replaceAll("\\\\\n", " ");
        text.lines()
                .map(line -> line.split(" ", 2))
                .forEach(parts -> instructions.add(new Instruction(parts[0], parts[1].strip())));
    }

    List<String> all(String name) {
        return instructions.stream()
                .filter(instruction -> instruction.name().equals(name))
                .map(Instruction::arguments)
                .toList();
    }

    /** The one that counts where an instruction replaces a former one. */
    String last(String name) {
        List<String> found = all(name);
        return found.get(found.size() - 1);
    }

    int position(String name) {
        return instructions.stream().map(Instruction::name).toList().lastIndexOf(name);
    }

    List<String> names() {
        return instructions.stream().map(Instruction::name).distinct().toList();
    }

    List<String> volumes() {
        return array(last("VOLUME"));
    }

    /** The exec form: a JSON array. */
    static List<String> array(String json) {
        JsonNode parsed = new JsonMapper().readTree(json);
        return StreamSupport.stream(parsed.spliterator(), false)
                .map(JsonNode::asString)
                .toList();
    }

    /** The files that a {@code COPY} takes. */
    List<Path> copied() {
        return all("COPY").stream()
                .map(arguments -> Arrays.stream(arguments.split(" "))
                        .filter(word -> !word.startsWith("--"))
                        .findFirst()
                        .orElseThrow())
                .map(Path::of)
                .toList();
    }
}
