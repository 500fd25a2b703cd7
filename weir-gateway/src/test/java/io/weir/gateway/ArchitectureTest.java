package io.weir.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.weir.gateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packages_dependInOneDirection = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("whole")
            .definedBy("io.weir.gateway")
            .layer("http")
            .definedBy("io.weir.gateway.http..")
            .layer("admin")
            .definedBy("io.weir.gateway.admin..")
            .layer("session")
            .definedBy("io.weir.gateway.session..")
            .layer("mcp")
            .definedBy("io.weir.gateway.mcp..")
            .layer("jsonrpc")
            .definedBy("io.weir.gateway.jsonrpc..")
            .layer("auth")
            .definedBy("io.weir.gateway.auth..")
            .whereLayer("whole")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("http")
            .mayOnlyBeAccessedByLayers("whole", "admin")
            .whereLayer("admin")
            .mayOnlyBeAccessedByLayers("whole")
            .whereLayer("session")
            .mayOnlyBeAccessedByLayers("whole", "http", "admin")
            .whereLayer("mcp")
            .mayOnlyBeAccessedByLayers("whole", "http", "admin", "session")
            .whereLayer("jsonrpc")
            .mayOnlyBeAccessedByLayers("whole", "http", "admin", "session", "mcp")
            .whereLayer("auth")
            .mayOnlyBeAccessedByLayers("whole", "http", "admin", "session");

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.weir.gateway.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule transport_isKnownToTheEdgesAlone = noClasses()
            .that()
            .resideOutsideOfPackages("io.weir.gateway", "io.weir.gateway.http..", "io.weir.gateway.admin..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..");

    @ArchTest
    static final ArchRule admission_isKnownToSessionsAndTheWholeAlone = noClasses()
            .that()
            .resideOutsideOfPackages("io.weir.gateway", "io.weir.gateway.session..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.weir.core.admission..", "io.weir.core.queue..")
                    .and(not(nameEndingWith("Stats"))))
            .because("the whole opens and closes it, sessions call it, and the edges only show its snapshots");
}
