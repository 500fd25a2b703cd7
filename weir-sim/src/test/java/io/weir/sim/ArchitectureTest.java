package io.weir.sim;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.weir.sim", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packages_dependInOneDirection = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("replay")
            .definedBy("io.weir.sim.replay..")
            .layer("goodput")
            .definedBy("io.weir.sim.goodput..")
            .layer("report")
            .definedBy("io.weir.sim.report..")
            .layer("run")
            .definedBy("io.weir.sim.run..")
            .layer("scenario")
            .definedBy("io.weir.sim.scenario..")
            .layer("engine")
            .definedBy("io.weir.sim.engine..")
            .withOptionalLayers(true)
            .whereLayer("replay")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("goodput")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("report")
            .mayOnlyBeAccessedByLayers("replay")
            .whereLayer("run")
            .mayOnlyBeAccessedByLayers("replay", "goodput", "report")
            .whereLayer("scenario")
            .mayOnlyBeAccessedByLayers("replay", "goodput", "report", "run");

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.weir.sim.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule gateway_isUnknown =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.weir.gateway..");

    @ArchTest
    static final ArchRule transport_isUnknown =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("io.vertx..", "io.netty..");

    @ArchTest
    static final ArchRule results_dependOnNothingButTheScenario = noClasses()
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.util.Random")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Math.class, "log", double.class)
            .because("a run is the same on every machine");
}
