package io.weir.core;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.time.Duration;
import java.util.UUID;
import java.util.random.RandomGenerator;

@AnalyzeClasses(packages = "io.weir.core", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule core_dependsOnNothingButJavaAndAnnotations = classes()
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                    "io.weir.core..", "java..", "org.jspecify.annotations..", "com.google.errorprone.annotations.."));

    @ArchTest
    static final ArchRule core_knowsNoTransportAndNoFiles = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net..", "java.nio..", "java.rmi..", "java.sql..");

    @ArchTest
    static final ArchRule core_readsNoClock = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.weir.core.limiter.SystemClock")
            .should()
            .callMethodWhere(
                    target(owner(assignableTo(System.class))).and(target(nameMatching("nanoTime|currentTimeMillis"))))
            .orShould()
            .dependOnClassesThat(resideInAPackage("java.time..").and(not(equivalentTo(Duration.class))))
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.(Date|Calendar|GregorianCalendar|Timer|TimerTask)");

    @ArchTest
    static final ArchRule core_takesNoRandomness = noClasses()
            .should()
            .dependOnClassesThat(assignableTo(RandomGenerator.class))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(UUID.class))).and(target(nameMatching("randomUUID"))))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(Math.class).or(assignableTo(StrictMath.class))))
                    .and(target(nameMatching("random"))))
            .orShould()
            .callMethodWhere(target(owner(assignableTo(System.class))).and(target(nameMatching("identityHashCode"))));

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.weir.core.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule filesOfTheAdmission_haveNoCycles = slices().assignedFrom(new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                    return type.getPackageName().equals("io.weir.core.admission")
                            ? SliceIdentifier.of(type.getName().replaceAll("\\$.*", ""))
                            : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                    return "files of the admission";
                }
            })
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule admission_isUsedByTheQueueAndTheLimiterAlone = noClasses()
            .that()
            .resideOutsideOfPackages("io.weir.core.admission..", "io.weir.core.queue..", "io.weir.core.limiter..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.weir.core.admission..");

    @ArchTest
    static final ArchRule vocabulary_dependsOnNoPackageOfTheCore = noClasses()
            .that()
            .resideInAPackage("io.weir.core")
            .should()
            .dependOnClassesThat(resideInAPackage("io.weir.core..")
                    .and(not(resideInAnyPackage("io.weir.core", "io.weir.core.config"))));

    @ArchTest
    static final ArchRule engine_doesNotKnowTheLimiter = noClasses()
            .that()
            .resideOutsideOfPackage("io.weir.core.limiter")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.weir.core.limiter");
}
