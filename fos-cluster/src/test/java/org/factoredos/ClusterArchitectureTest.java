package org.factoredos;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.factoredos.server.Server;

/** The arrows of docs/architecture.md inside fos-cluster, and that it runs cores but is none. */
@AnalyzeClasses(packages = "org.factoredos", importOptions = DoNotIncludeTests.class)
final class ClusterArchitectureTest {
    private static final String NODE = "org.factoredos.node";
    private static final String[] BELOW_NODE = {
        "org.factoredos.transport", "org.factoredos.slice", "org.factoredos.router", "org.factoredos.socket"
    };
    private static final String[] MODULE = {BELOW_NODE[0], BELOW_NODE[1], BELOW_NODE[2], BELOW_NODE[3], NODE};
    private static final DescribedPredicate<JavaClass> SERVERS = assignableTo(Server.class);

    @ArchTest
    static final ArchRule nothingBelowKnowsTheNode =
            noClasses().that().resideInAnyPackage(BELOW_NODE).should().dependOnClassesThat(resideInAPackage(NODE));

    @ArchTest
    @ArchTag("S3")
    static final ArchRule serversLieInTheModuleBelow =
            noClasses().that().resideInAnyPackage(MODULE).should().beAssignableTo(SERVERS);

    /** What a machine room runs it gets from boot, and knows as a {@link Server} only. */
    @ArchTest
    @ArchTag("S3")
    static final ArchRule noFleetsServerIsKnownByName = noClasses()
            .that()
            .resideInAnyPackage(MODULE)
            .should()
            .dependOnClassesThat(SERVERS.and(DescribedPredicate.not(resideInAPackage("org.factoredos.server"))));

    @ArchTest
    static final ArchRule whichProgramsThereAreIsForTheClientToSay = noClasses()
            .that()
            .resideInAnyPackage(MODULE)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.factoredos.program", "org.factoredos.shell", "org.factoredos.sim");
}
