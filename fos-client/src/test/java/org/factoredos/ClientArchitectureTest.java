package org.factoredos;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.factoredos.server.Server;

/** The arrows of docs/architecture.md inside fos-client, whose only way to Akka and to a fleet is a node. */
@AnalyzeClasses(packages = "org.factoredos", importOptions = DoNotIncludeTests.class)
final class ClientArchitectureTest {
    private static final String CLI = "org.factoredos.cli";
    private static final String TERMINAL = "org.factoredos.terminal";
    private static final String LOCAL = "org.factoredos.local";
    private static final String GATEWAY = "org.factoredos.gateway";

    @ArchTest
    static final ArchRule onlyTheCommandsKnowTheCommands = noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLI);

    @ArchTest
    static final ArchRule theClientHasNoActors = noClasses()
            .that()
            .resideInAnyPackage(CLI, LOCAL, TERMINAL, GATEWAY)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("akka..", "scala..", "org.factoredos.actor", "org.factoredos.slice");

    @ArchTest
    @ArchTag("S3")
    static final ArchRule theClientIsNoServer = noClasses()
            .that()
            .resideInAnyPackage(CLI, LOCAL, TERMINAL, GATEWAY)
            .should()
            .beAssignableTo(Server.class);
}
