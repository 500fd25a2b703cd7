package io.weir.config;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.weir.config", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule configuration_dependsOnTheCoreAndTwoParsersAlone = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.weir.config..",
                    "io.weir.core",
                    "io.weir.core.config..",
                    "io.weir.core.queue..",
                    "org.snakeyaml.engine..",
                    "com.fasterxml.jackson.core..",
                    "java..",
                    "org.jspecify.annotations..");
}
