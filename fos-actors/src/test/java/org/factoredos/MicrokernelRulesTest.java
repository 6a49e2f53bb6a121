package org.factoredos;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.factoredos.Parts.ROOT;
import static org.factoredos.Parts.oneOf;
import static org.factoredos.Parts.outermost;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Collection;
import java.util.Map;
import java.util.Timer;
import java.util.concurrent.Executor;
import org.factoredos.actor.Alarm;
import org.factoredos.actor.MicrokernelActor;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Wire;

/** What a microkernel is not (§3.1): it shares little, has no thread of control, and makes no difference between clients. */
@AnalyzeClasses(packages = ROOT, importOptions = DoNotIncludeTests.class)
final class MicrokernelRulesTest {
    private static final String KERNEL = ROOT + ".kernel";
    /** A link's deadlines belong to the wire, whose host keeps its time. */
    private static final DescribedPredicate<JavaClass> OF_THE_WIRE = oneOf(Link.class, Wire.class);

    @ArchTest
    @ArchTag("M1")
    static final ArchRule theKernelKnowsNothingButTheGrid = classes()
            .that(resideInAPackage(KERNEL))
            .should()
            .onlyDependOnClassesThat(
                    resideInAnyPackage(KERNEL, ROOT + ".grid", "java..", "org.jctools..", "org.jspecify.."));

    @ArchTest
    @ArchTag("M1")
    static final ArchRule tilesShareNothingThatChanges = fields().that()
            .areDeclaredInClassesThat(resideInAPackage(KERNEL))
            .and()
            .areStatic()
            .should()
            .beFinal()
            .andShould(holdNothingThatChanges());

    /**
     * What is on the way between tiles is the interconnect's; a tile reaches another's microkernel by messages. But a move
     * inside the node hands a thread over, which no message can carry.
     */
    @ArchTest
    @ArchTag("M1")
    static final ArchRule onlyTheInterconnectKnowsSeveralTiles = noClasses()
            .that(resideInAPackage(KERNEL))
            .and(not(oneOf(Interconnect.class)))
            .and(not(describe("are of moves", c -> c.getSimpleName().equals("Moves"))))
            .should()
            .callMethodWhere(describe(
                    "it reaches the microkernel of another tile",
                    call -> call.getTargetOwner().isEquivalentTo(Interconnect.class)
                            && call.getName().startsWith("microkernel")));

    @ArchTest
    @ArchTag("M2")
    static final ArchRule theKernelHasNoThreadAndNoTimer = noClasses()
            .that(resideInAPackage(KERNEL))
            .should()
            .dependOnClassesThat(resideInAnyPackage("java.util.concurrent.locks", "akka..")
                    .or(describe(
                            "run or wait for something",
                            c -> c.isAssignableTo(Thread.class)
                                    || c.isAssignableTo(Executor.class)
                                    || c.isAssignableTo(Timer.class))));

    @ArchTest
    @ArchTag("M2")
    static final ArchRule nobodyAsksAMicrokernelWhenItsTurnIsDue = noMethods()
            .that()
            .areDeclaredInClassesThat(resideInAPackage(KERNEL).and(not(OF_THE_WIRE)))
            .should()
            .haveNameMatching("(?i).*(deadline|timer|tick|alarm).*");

    @ArchTest
    @ArchTag("M2")
    static final ArchRule aMicrokernelsActorHasNoTimer = noClasses()
            .that(oneOf(MicrokernelActor.class))
            .should()
            .dependOnClassesThat(oneOf(Alarm.class)
                    .or(describe(
                            "are of Akka's timers",
                            c -> c.getSimpleName().matches("TimerScheduler|Scheduler|Cancellable"))));

    /** Nothing can be a special client: the class is final, knows nothing above it, and is never asked what it is. */
    @ArchTest
    @ArchTag("M17")
    @ArchTag("A5")
    static final ArchRule theKernelTellsNoClientFromAnother =
            classes().that(resideInAPackage(KERNEL)).should(tellNoClientFromAnother());

    private static ArchCondition<JavaField> holdNothingThatChanges() {
        return new ArchCondition<>("hold nothing that changes") {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                JavaClass type = field.getRawType();
                boolean changes = type.isArray()
                        || type.isAssignableTo(Collection.class)
                        || type.isAssignableTo(Map.class)
                        || type.getPackageName().equals("java.util.concurrent.atomic")
                        || outermost(type).isEquivalentTo(Client.class)
                        || outermost(type).isEquivalentTo(Microkernel.class)
                        || outermost(type).isEquivalentTo(Interconnect.class);
                if (changes && !field.getName().startsWith("$")) {
                    events.add(SimpleConditionEvent.violated(field, field.getFullName() + " is shared by all tiles"));
                }
            }
        };
    }

    private static ArchCondition<JavaClass> tellNoClientFromAnother() {
        return new ArchCondition<>("tell no client from another") {
            @Override
            public void check(JavaClass c, ConditionEvents events) {
                if (c.isEquivalentTo(Client.class)
                        && !c.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.FINAL)) {
                    events.add(SimpleConditionEvent.violated(c, "there may be kinds of " + c.getName()));
                }
                c.getInstanceofChecks().stream()
                        .filter(check -> check.getRawType().isAssignableTo(Client.class)
                                || check.getRawType().isAssignableTo(Client.Waker.class))
                        .forEach(check ->
                                events.add(SimpleConditionEvent.violated(c, c.getName() + " asks what a client is")));
            }
        };
    }
}
