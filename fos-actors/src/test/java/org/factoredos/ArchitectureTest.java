package org.factoredos;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.factoredos.Parts.OF_FLEETS;
import static org.factoredos.Parts.ROOT;
import static org.factoredos.Parts.hasSuffix;
import static org.factoredos.Parts.layerOf;
import static org.factoredos.Parts.oneOf;
import static org.factoredos.Parts.ours;
import static org.factoredos.Parts.packageOf;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.ResponseMailbox;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;

/** The arrows of docs/architecture.md, and that fleets reach each other by messages only (§3.2). */
@AnalyzeClasses(packages = ROOT, importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule arrowsRunOneWay = classes()
            .should(depend(
                    "depend only on what stands no higher in the list of packages",
                    JavaClass::getDirectDependenciesFromSelf,
                    (by, used) -> !ours(used) || layerOf(used) <= layerOf(by)));

    @ArchTest
    static final ArchRule akkaIsKnownInItsHostsOnly = noClasses()
            .that(not(resideInAPackage(ROOT + ".actor")))
            .should()
            .dependOnClassesThat(resideInAnyPackage("akka..", "scala.."));

    @ArchTest
    static final ArchRule theSimulatorIsNoGuestOfTheOtherMachineRoom = noClasses()
            .that(resideInAPackage(ROOT + ".sim"))
            .should()
            .dependOnClassesThat(resideInAnyPackage(ROOT + ".actor", ROOT + ".boot"));

    @ArchTest
    @ArchTag("S3")
    static final ArchRule ofAnotherFleetOnlyProtocolAndStubAreKnown = classes()
            .that(OF_FLEETS)
            .should(depend(
                    "depend only on the protocol, the errors and the stub of another fleet",
                    JavaClass::getDirectDependenciesFromSelf,
                    (by, used) -> !OF_FLEETS.test(used)
                            || packageOf(used).equals(packageOf(by))
                            || hasSuffix(used, "Protocol", "Error", "Client")
                            || isCarriedByItsProtocol(used)));

    @ArchTest
    @ArchTag("S3")
    static final ArchRule onlyBootNamesAnotherPackagesServers = classes()
            .that(OF_FLEETS)
            .and(assignableTo(Server.class))
            .should(depend(
                    "be used by their own package and boot",
                    JavaClass::getDirectDependenciesToSelf,
                    (by, server) -> Set.of(packageOf(server), "boot").contains(packageOf(by))));

    @ArchTest
    @ArchTag("S3")
    static final ArchRule aFleetSendsByEffectsOnly = noClasses()
            .that(OF_FLEETS)
            .should()
            .dependOnClassesThat(oneOf(
                    Client.class,
                    ClientHost.class,
                    Interconnect.class,
                    Link.class,
                    Mailbox.class,
                    Microkernel.class,
                    ResponseMailbox.class,
                    RunLoop.class));

    /** What is not does not cross to other nodes. */
    @ArchTest
    static final ArchRule whatFleetsSayIsPublic =
            classes().that(OF_FLEETS).and(assignableTo(Payload.class)).should().bePublic();

    @ArchTest
    @ArchTag("S3")
    static final ArchRule nothingIsSharedByBeingStatic =
            fields().that().areStatic().should().beFinal();

    private static ArchCondition<JavaClass> depend(
            String what, Function<JavaClass, Set<Dependency>> dependencies, BiPredicate<JavaClass, JavaClass> allowed) {
        return new ArchCondition<>(what) {
            @Override
            public void check(JavaClass c, ConditionEvents events) {
                for (Dependency use : dependencies.apply(c)) {
                    if (!allowed.test(use.getOriginClass(), use.getTargetClass())) {
                        events.add(SimpleConditionEvent.violated(use, use.getDescription()));
                    }
                }
            }
        };
    }

    /** A value of the protocol's records, such as the number of a process. */
    private static boolean isCarriedByItsProtocol(JavaClass type) {
        return type.getDirectDependenciesToSelf().stream()
                .map(Dependency::getOriginClass)
                .anyMatch(by -> packageOf(by).equals(packageOf(type)) && hasSuffix(by, "Protocol"));
    }
}
