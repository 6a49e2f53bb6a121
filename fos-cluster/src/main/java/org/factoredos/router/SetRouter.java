package org.factoredos.router;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.GroupRouter;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.Routers;
import akka.actor.typed.receptionist.Receptionist;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.MemberChoice.MemberChosen;
import org.factoredos.naming.MemberChoice.NobodyChosen;
import org.factoredos.naming.Policy;
import org.factoredos.router.MemberRoutee.Bind;
import org.factoredos.router.MemberRoutee.Bound;

/**
 * The routers of one set, on one node: Akka's group routers, one for each policy that is in use, and a question to all for
 * the least loaded.
 *
 * <p>The directory says who is in the set, and the Receptionist's news come later than it does. So what a router chose is
 * taken only where the directory has it too; and of members that it has and the Receptionist has not, or the other way, the
 * nodes are told.
 */
final class SetRouter extends AbstractBehavior<SetRouter.Command> {
    sealed interface Command {}

    record Choose(ChooseMember among, int attempts, Consumer<Payload> done) implements Command {}

    /** Empty: nobody has answered in time. */
    private record Answered(Choose choose, Optional<Bound> bound) implements Command {}

    private record Listed(Receptionist.Listing listing) implements Command {}

    /** One that is told who is not among those to choose from is asked again. */
    static final int ATTEMPTS = 3;

    /** Of the front's 200 ms. */
    private static final Duration PATIENCE = Duration.ofMillis(60);
    /** Of a large set so many are asked how loaded they are. */
    private static final int MOST_ASKED = 16;

    private static final int PLACES_ON_THE_RING = 10;
    private static final long TELL_AGAIN_NANOS = 1_000_000_000L;

    private final String set;
    private final Consumer<MemberRoutees.Command> nodes;
    private final Map<Policy, ActorRef<Bind>> routers = new EnumMap<>(Policy.class);
    private final Map<Address, ActorRef<Bind>> routees = new LinkedHashMap<>();
    private boolean told;
    private long toldNanos;

    /** {@code nodes}: the routees of every node. */
    static Behavior<Command> create(String set, Consumer<MemberRoutees.Command> nodes) {
        return Behaviors.setup(context -> new SetRouter(context, set, nodes));
    }

    private SetRouter(ActorContext<Command> context, String set, Consumer<MemberRoutees.Command> nodes) {
        super(context);
        this.set = set;
        this.nodes = nodes;
        context.getSystem()
                .receptionist()
                .tell(Receptionist.subscribe(
                        MemberRoutee.key(set), context.messageAdapter(Receptionist.Listing.class, Listed::new)));
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Listed.class, this::onListed)
                .onMessage(Choose.class, this::onChoose)
                .onMessage(Answered.class, this::onAnswered)
                .build();
    }

    private Behavior<Command> onListed(Listed listed) {
        routees.clear();
        listed.listing()
                .getServiceInstances(MemberRoutee.key(set)) // Without those whose node cannot be reached.
                .forEach(routee -> MemberRoutees.member(routee).ifPresent(member -> routees.put(member, routee)));
        told = false;
        return this;
    }

    private Behavior<Command> onChoose(Choose choose) {
        tellNodes(choose.among());
        List<Address> there =
                choose.among().members().stream().filter(routees::containsKey).toList();
        Policy policy = choose.among().policy();
        if (there.isEmpty() || policy == Policy.NEAREST) {
            choose.done().accept(new NobodyChosen());
        } else if (policy == Policy.LEAST_LOADED) {
            askAll(choose, there);
        } else {
            askOne(choose, routers.computeIfAbsent(policy, this::router));
        }
        return this;
    }

    private void tellNodes(ChooseMember among) {
        if (told && System.nanoTime() - toldNanos < TELL_AGAIN_NANOS) {
            return;
        }
        told = true;
        toldNanos = System.nanoTime();
        among.set().stream()
                .filter(member -> !routees.containsKey(member))
                .forEach(member -> nodes.accept(new MemberRoutees.Serve(set, member)));
        routees.keySet().stream()
                .filter(member -> !among.set().contains(member))
                .forEach(member -> nodes.accept(new MemberRoutees.Retire(set, member)));
    }

    private ActorRef<Bind> router(Policy policy) {
        GroupRouter<Bind> group = Routers.group(MemberRoutee.key(set));
        GroupRouter<Bind> router = switch (policy) {
            case ROUND_ROBIN -> group.withRoundRobinRouting();
            case RANDOM -> group.withRandomRouting();
            case CONSISTENT_HASH ->
                group.withConsistentHashingRouting(
                        PLACES_ON_THE_RING, bind -> bind.tile().toString());
            case NEAREST, LEAST_LOADED -> throw new IllegalArgumentException("Akka has no router for " + policy);
        };
        return getContext().spawn(router, policy.toString());
    }

    private void askOne(Choose choose, ActorRef<Bind> router) {
        getContext().pipeToSelf(ask(router, choose.among()), (bound, late) -> new Answered(choose, bound));
    }

    private Behavior<Command> onAnswered(Answered answered) {
        Choose choose = answered.choose();
        Optional<Address> member =
                answered.bound().map(Bound::member).filter(choose.among().members()::contains);
        if (member.isEmpty() && choose.attempts() > 1) {
            return onChoose(new Choose(choose.among(), choose.attempts() - 1, choose.done()));
        }
        choose.done().accept(member.<Payload>map(MemberChosen::new).orElseGet(NobodyChosen::new));
        return this;
    }

    /** By chance among those with the fewest messages waiting. */
    private void askAll(Choose choose, List<Address> there) {
        List<Address> asked = new ArrayList<>(there);
        Collections.shuffle(asked);
        List<CompletableFuture<Optional<Bound>>> answers = asked.stream()
                .limit(MOST_ASKED)
                .map(member -> ask(Objects.requireNonNull(routees.get(member)), choose.among()))
                .toList();
        getContext()
                .pipeToSelf(
                        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)),
                        (all, late) -> new Answered(
                                new Choose(choose.among(), 1, choose.done()),
                                answers.stream()
                                        .flatMap(answer -> answer.join().stream())
                                        .min(Comparator.comparingLong(Bound::waiting))));
    }

    /** Empty where nobody answers in time. */
    private CompletableFuture<Optional<Bound>> ask(ActorRef<Bind> of, ChooseMember among) {
        return AskPattern.<Bind, Bound>ask(
                        of,
                        replyTo -> new Bind(among.tile(), replyTo),
                        PATIENCE,
                        getContext().getSystem().scheduler())
                .<Optional<Bound>>handle((bound, late) -> Optional.ofNullable(bound))
                .toCompletableFuture();
    }
}
