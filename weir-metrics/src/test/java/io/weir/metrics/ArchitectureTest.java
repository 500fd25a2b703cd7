package io.weir.metrics;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.weir.metrics", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule metrics_dependOnTheCoreAndMicrometerAlone = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.weir.metrics..",
                    "io.weir.core",
                    "io.weir.core.config..",
                    "io.weir.core.limiter..",
                    "io.weir.core.queue..",
                    "io.micrometer.core..",
                    "java..",
                    "org.jspecify.annotations..",
                    "com.google.errorprone.annotations..");
}
