package io.weir.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameEndingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.Set;

@AnalyzeClasses(packages = "io.weir.gateway", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> PATH = Set.of(
            "io.weir.gateway.tcp",
            "io.weir.gateway.edge",
            "io.weir.gateway.proxy",
            "io.weir.gateway.upstream",
            "io.weir.gateway.pipe",
            "io.weir.gateway.lineupstream",
            "io.weir.gateway.child",
            "io.weir.gateway.line",
            "io.weir.gateway.http",
            "io.weir.gateway.tls",
            "io.weir.gateway.admission");

    @ArchTest
    static final ArchRule packages_dependInOneDirection = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("whole")
            .definedBy("io.weir.gateway")
            .layer("ops")
            .definedBy("io.weir.gateway.ops..")
            .layer("tcp")
            .definedBy("io.weir.gateway.tcp..")
            .layer("edge")
            .definedBy("io.weir.gateway.edge..")
            .layer("proxy")
            .definedBy("io.weir.gateway.proxy..")
            .layer("upstream")
            .definedBy("io.weir.gateway.upstream..")
            .layer("pipe")
            .definedBy("io.weir.gateway.pipe..")
            .layer("lineupstream")
            .definedBy("io.weir.gateway.lineupstream..")
            .layer("child")
            .definedBy("io.weir.gateway.child..")
            .layer("line")
            .definedBy("io.weir.gateway.line..")
            .layer("http")
            .definedBy("io.weir.gateway.http..")
            .layer("tls")
            .definedBy("io.weir.gateway.tls..")
            .layer("admission")
            .definedBy("io.weir.gateway.admission..")
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
            .whereLayer("ops")
            .mayOnlyBeAccessedByLayers("whole", "pipe")
            .whereLayer("tcp")
            .mayOnlyBeAccessedByLayers("whole")
            .whereLayer("edge")
            .mayOnlyBeAccessedByLayers("whole", "ops", "tcp")
            .whereLayer("proxy")
            .mayOnlyBeAccessedByLayers("whole", "ops", "edge", "tcp")
            .whereLayer("upstream")
            .mayOnlyBeAccessedByLayers("edge", "tcp", "proxy", "lineupstream")
            .whereLayer("pipe")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("lineupstream")
            .mayOnlyBeAccessedByLayers("edge")
            .whereLayer("child")
            .mayOnlyBeAccessedByLayers("edge", "proxy", "pipe", "lineupstream", "upstream", "http")
            .whereLayer("line")
            .mayOnlyBeAccessedByLayers("edge", "proxy", "pipe", "lineupstream", "upstream", "child", "http")
            .whereLayer("http")
            .mayOnlyBeAccessedByLayers("whole", "ops", "edge", "tcp", "proxy", "pipe", "lineupstream", "upstream")
            .whereLayer("tls")
            .mayOnlyBeAccessedByLayers("whole", "ops", "edge", "tcp", "lineupstream", "upstream")
            .whereLayer("admission")
            .mayOnlyBeAccessedByLayers("whole", "ops", "edge", "tcp", "proxy", "pipe", "lineupstream", "upstream")
            .whereLayer("session")
            .mayOnlyBeAccessedByLayers(
                    "whole", "ops", "edge", "tcp", "proxy", "pipe", "lineupstream", "upstream", "admission")
            .whereLayer("mcp")
            .mayOnlyBeAccessedByLayers(
                    "whole",
                    "ops",
                    "edge",
                    "tcp",
                    "proxy",
                    "pipe",
                    "lineupstream",
                    "upstream",
                    "http",
                    "admission",
                    "session")
            .whereLayer("jsonrpc")
            .mayOnlyBeAccessedByLayers(
                    "whole",
                    "ops",
                    "edge",
                    "tcp",
                    "proxy",
                    "pipe",
                    "lineupstream",
                    "upstream",
                    "admission",
                    "session",
                    "mcp")
            .whereLayer("auth")
            .mayOnlyBeAccessedByLayers("whole", "ops", "edge", "tcp", "tls");

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.weir.gateway.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule filesOnTheWayOfARequest_haveNoCycles = slices().assignedFrom(new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                    return PATH.contains(type.getPackageName())
                            ? SliceIdentifier.of(type.getName().replaceAll("\\$.*", ""))
                            : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                    return "files on the way of a request";
                }
            })
            .should()
            .beFreeOfCycles();

    @ArchTest
    static final ArchRule transport_isKnownToTheEdgesAlone = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.weir.gateway",
                    "io.weir.gateway.http..",
                    "io.weir.gateway.tls..",
                    "io.weir.gateway.tcp..",
                    "io.weir.gateway.edge..",
                    "io.weir.gateway.proxy..",
                    "io.weir.gateway.upstream..",
                    "io.weir.gateway.lineupstream..",
                    "io.weir.gateway.ops..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..");

    @ArchTest
    static final ArchRule openTelemetry_isKnownToTracingAlone = noClasses()
            .that()
            .haveNameNotMatching("io\\.weir\\.gateway\\.ops\\.(Tracing|SpanQueue|LoggedExporter)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.opentelemetry..")
            .because("its classes are loaded only where tracing is configured");

    @ArchTest
    static final ArchRule core_isKnownToTheAdmissionAndTheWholeAlone = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.weir.gateway", "io.weir.gateway.admission..", "io.weir.gateway.ops..", "io.weir.gateway.pipe..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.weir.core.admission..", "io.weir.core.queue..")
                    .and(not(nameEndingWith("Stats"))))
            .because(
                    "the whole opens and closes it, the admission calls it, and operations show its snapshots and write its decision log");
}
