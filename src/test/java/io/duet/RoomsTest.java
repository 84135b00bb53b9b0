package io.duet;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rooms of Duet and who may know whom. A room that needs another one it may not know is in the wrong place. */
class RoomsTest {
    private static final JavaClasses DUET = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.duet");

    private static final Set<String> BASE = Set.of("config", "protocol", "platform", "rest", "audit");

    /** Beside the base rooms, which everyone may know. */
    private static final Map<String, Set<String>> KNOWS = new LinkedHashMap<>();

    static {
        KNOWS.put("config", Set.of());
        KNOWS.put("protocol", Set.of());
        KNOWS.put("platform", Set.of("config"));
        KNOWS.put("rest", Set.of("config", "protocol", "platform"));
        KNOWS.put("audit", Set.of("config", "protocol"));
        KNOWS.put("account", Set.of());
        KNOWS.put("device", Set.of());
        KNOWS.put("conversation", Set.of());
        KNOWS.put("message", Set.of("conversation", "device"));
        KNOWS.put("inbox", Set.of("message"));
        KNOWS.put("presence", Set.of("conversation"));
        KNOWS.put("routing", Set.of());
        KNOWS.put("tracing", Set.of());
        KNOWS.put(
                "delivery",
                Set.of("account", "device", "conversation", "message", "inbox", "presence", "routing", "tracing"));
        KNOWS.put("push", Set.of("device", "conversation", "message"));
        KNOWS.put("socket", Set.of("delivery", "conversation", "message"));
        KNOWS.put("cluster", Set.of("inbox", "presence", "routing"));
        KNOWS.put("retention", Set.of("inbox"));
        KNOWS.put("export", Set.of("message"));
        KNOWS.put("health", Set.of("cluster", "delivery", "socket"));
        KNOWS.put("embedded", Set.of());
    }

    @Test
    void everyPackageIsARoom() {
        Set<String> packages = DUET.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals("io.duet"))
                .map(name -> name.substring("io.duet.".length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(packages).isSubsetOf(KNOWS.keySet());
    }

    @Test
    void aRoomKnowsOnlyWhomItMay() {
        KNOWS.forEach((room, known) -> {
            Set<String> allowed = new TreeSet<>(known);
            if (!BASE.contains(room) && !room.equals("embedded")) {
                allowed.addAll(BASE);
            }
            String[] forbidden = KNOWS.keySet().stream()
                    .filter(other -> !other.equals(room) && !allowed.contains(other))
                    .map(other -> "io.duet." + other)
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("io.duet." + room)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .allowEmptyShould(true)
                    .check(DUET);
        });
    }

    @Test
    void roomsFormNoCircle() {
        slices().matching("io.duet.(*)..").should().beFreeOfCycles().check(DUET);
    }

    /** What other rooms call is one public class; beside it only values, outcomes and what the server itself calls. */
    @Test
    void aRoomHasOneFacade() {
        Map<String, List<String>> facades = DUET.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> type.isAnnotatedWith(Singleton.class))
                .filter(type -> !BASE.contains(roomOf(type)))
                .filter(type -> type.getDirectDependenciesToSelf().stream()
                        .anyMatch(use -> !roomOf(use.getOriginClass()).equals(roomOf(type))))
                .collect(Collectors.groupingBy(
                        RoomsTest::roomOf, Collectors.mapping(JavaClass::getSimpleName, Collectors.toList())));
        assertThat(facades)
                .isNotEmpty()
                .allSatisfy((room, names) -> assertThat(names).as(room).hasSize(1));
    }

    private static String roomOf(JavaClass type) {
        return type.getPackageName().substring("io.duet".length()).replace(".", "");
    }

    @Test
    void onlyConfigReadsTheConfiguration() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.duet.config")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.microprofile.config..")
                .check(DUET);
    }

    @Test
    void protocolIsPureJavaAndJackson() {
        noClasses()
                .that()
                .resideInAPackage("io.duet.protocol")
                .should()
                .dependOnClassesThat(resideInAPackage("jakarta..")
                        .or(resideInAPackage("org.hibernate.."))
                        .or(resideInAPackage("org.infinispan..")))
                .check(DUET);
    }

    @Test
    void nothingStaticChanges() {
        fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat(resideInAPackage("io.duet.."))
                .should()
                .beFinal()
                .check(DUET);
        // A final field may still hold something that changes. In embedded one does: what belongs to the JVM is there.
        fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat(resideInAPackage("io.duet..").and(not(resideInAPackage("io.duet.embedded"))))
                .should()
                .notHaveRawType(belongToAnyOf(AtomicReference.class).or(assignableTo(ConcurrentMap.class)))
                .check(DUET);
    }
}
