package org.factoredos;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.factoredos.Parts.CORES;
import static org.factoredos.Parts.ROOT;
import static org.factoredos.Parts.oneOf;
import static org.factoredos.Parts.outermost;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.reflect.AccessFlag;
import java.time.Clock;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Denials;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Interrupts;
import org.factoredos.kernel.Leaving;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.ResponseMailbox;
import org.factoredos.kernel.TileCounters;
import org.factoredos.server.Continuation;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Snapshot;
import org.factoredos.sim.Linearizability;
import org.factoredos.sim.World;

/** Cores are state machines: no clock, thread, lock, chance or file, and the same order in every run (§3.2.1). */
@AnalyzeClasses(packages = ROOT, importOptions = DoNotIncludeTests.class)
final class CoresTest {
    /** Of the kernel, and no other package knows them. */
    private static final Set<String> OF_MOVES = Set.of("Moves", "Pairs", "Places", "Relocations");

    /** Likewise. */
    private static final Set<String> OF_COUNTING = Set.of("TakenRequests");

    /** Likewise. */
    private static final Set<String> OF_MEMORY = Set.of("FrameGrants", "PageTable", "Ram");

    /** Where other threads hand something to a core's own turn, without ever waiting for each other. */
    private static final DescribedPredicate<JavaClass> MEETING_POINTS = describe(
            "are where threads meet",
            c -> oneOf(
                                    Client.class,
                                    Denials.class,
                                    Interconnect.class,
                                    Interrupts.class,
                                    Leaving.class,
                                    Mailbox.class,
                                    Microkernel.class,
                                    ResponseMailbox.class,
                                    RunLoop.class,
                                    TileCounters.class)
                            .test(c)
                    || OF_MOVES.contains(outermost(c).getSimpleName())
                    || OF_COUNTING.contains(outermost(c).getSimpleName())
                    || OF_MEMORY.contains(outermost(c).getSimpleName()));

    private static final DescribedPredicate<JavaClass> LOCK_FREE = resideInAPackage("java.util.concurrent.atomic")
            .or(assignableTo(ConcurrentHashMap.class))
            .or(assignableTo(ConcurrentLinkedQueue.class));

    private static final DescribedPredicate<JavaClass> MACHINE = resideInAnyPackage(
                    "java.io..",
                    "java.net..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "java.security..",
                    "java.util.concurrent..",
                    "java.util.random..")
            .or(belongToAnyOf(
                    Clock.class,
                    Process.class,
                    ProcessBuilder.class,
                    Random.class,
                    Runtime.class,
                    SplittableRandom.class,
                    Thread.class,
                    ThreadLocal.class,
                    Timer.class,
                    UUID.class));

    @ArchTest
    @ArchTag("S7")
    static final ArchRule aCoreHasNoThreadLockChanceOrFile = noClasses()
            .that(CORES)
            .and(not(MEETING_POINTS))
            .and(not(resideInAPackage(ROOT + ".sim")))
            .should()
            .dependOnClassesThat(MACHINE);

    @ArchTest
    @ArchTag("S7")
    static final ArchRule whereThreadsMeetNoneWaits =
            noClasses().that(MEETING_POINTS).should().dependOnClassesThat(MACHINE.and(not(LOCK_FREE)));

    @ArchTest
    static final ArchRule theSimulatorHasNothingButItsSeed = noClasses()
            .that(resideInAPackage(ROOT + ".sim"))
            .should()
            .dependOnClassesThat(MACHINE.and(not(assignableTo(SplittableRandom.class))))
            .orShould()
            .callConstructorWhere(describe(
                    "it makes a generator, outside of World",
                    call -> call.getTargetOwner().isAssignableTo(SplittableRandom.class)
                            && !call.getOriginOwner().isEquivalentTo(World.class)));

    @ArchTest
    @ArchTag("S7")
    static final ArchRule aCoreIsToldTheTime = noClasses()
            .that(CORES)
            .should()
            .callCodeUnitWhere(describe("it asks a clock, chance or the surroundings", CoresTest::asksTheMachine));

    @ArchTest
    @ArchTag("S7")
    static final ArchRule aCoreLocksNothing = classes().that(CORES).should(haveNoMonitor());

    /** A seed replays exactly, in every JVM. {@link Linearizability} asks its set only whether it holds something. */
    @ArchTest
    static final ArchRule aCoreGoesThroughNothingInTheOrderOfHashes = noClasses()
            .that(CORES)
            .and(not(oneOf(Linearizability.class)))
            .should()
            .callCodeUnitWhere(describe("its result is ordered by hashes", CoresTest::ordersByHash));

    @ArchTest
    @ArchTag("S6")
    static final ArchRule whatIsSentParkedOrKeptIsData = classes()
            .that(assignableTo(Payload.class)
                    .or(assignableTo(Continuation.class))
                    .or(assignableTo(Effect.class))
                    .or(assignableTo(Event.class))
                    .or(assignableTo(Snapshot.class))
                    .or(assignableTo(DeviceRequest.class)))
            .and()
            .areNotInterfaces()
            .should()
            .beRecords()
            .orShould()
            .beEnums();

    private static boolean asksTheMachine(JavaCall<?> call) {
        String owner = call.getTargetOwner().getName();
        String name = call.getName();
        return switch (owner) {
            case "java.lang.System" -> !name.equals("arraycopy");
            case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
            case "java.lang.Object" -> Set.of("notify", "notifyAll", "wait").contains(name);
            default ->
                (owner.startsWith("java.time.") && name.equals("now"))
                        || name.equals("parallelStream")
                        || (owner.startsWith("java.util.stream.") && name.equals("parallel"));
        };
    }

    /** Also those of Map.of and its like, whose order is salted anew in every JVM. */
    private static boolean ordersByHash(JavaCall<?> call) {
        JavaClass owner = call.getTargetOwner();
        List<JavaClass> parameters = call.getTarget().getRawParameterTypes();
        return switch (call.getName()) {
            case "<init>" ->
                // Not where LinkedHashMap and LinkedHashSet, which have an order, are extended.
                List.of(HashMap.class, HashSet.class, IdentityHashMap.class, WeakHashMap.class).stream()
                        .anyMatch(owner::isEquivalentTo);
            case "copyOf", "of", "ofEntries" ->
                (owner.isEquivalentTo(Map.class) && parameters.size() != 0 && parameters.size() != 2)
                        || (owner.isEquivalentTo(Set.class)
                                && !(call.getName().equals("of") && isOfAtMostOne(parameters)));
            case "shuffle" -> owner.isEquivalentTo(Collections.class);
            case "toSet", "toUnmodifiableMap", "toUnmodifiableSet" -> owner.isEquivalentTo(Collectors.class);
            case "groupingBy", "toMap" ->
                owner.isEquivalentTo(Collectors.class)
                        && parameters.stream().noneMatch(type -> type.isEquivalentTo(Supplier.class));
            default -> false;
        };
    }

    private static boolean isOfAtMostOne(List<JavaClass> parameters) {
        return parameters.isEmpty()
                || (parameters.size() == 1 && !parameters.getFirst().isArray());
    }

    private static ArchCondition<JavaClass> haveNoMonitor() {
        return new ArchCondition<>("lock nothing") {
            @Override
            public void check(JavaClass c, ConditionEvents events) {
                for (MethodModel method : ClassFile.of().parse(bytes(c)).methods()) {
                    boolean locks = method.flags().has(AccessFlag.SYNCHRONIZED)
                            || method.code().stream()
                                    .flatMap(code -> code.elementStream())
                                    .anyMatch((CodeElement element) -> element instanceof MonitorInstruction);
                    if (locks) {
                        String what = c.getName() + "." + method.methodName().stringValue() + " is synchronized";
                        events.add(SimpleConditionEvent.violated(c, what));
                    }
                }
            }
        };
    }

    private static byte[] bytes(JavaClass c) {
        try (InputStream in = c.getSource().orElseThrow().getUri().toURL().openStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
