package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.PageTable;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.memory.MemoryProtocol;
import org.factoredos.memory.MemoryProtocol.FramesAllocated;
import org.factoredos.memory.MemoryProtocol.Refused;
import org.jspecify.annotations.Nullable;

/**
 * A process of {@link MemoryScenario}: takes, frees and shares memory as libfos does, but that it has several calls under way,
 * gives up some of them early, and says some twice.
 */
final class MemoryUser {
    private static final int MOST_WAITING = 3;
    private static final int MOST_FRAMES = 20;

    /** Whose frames a region has: that of the client that they were allocated for. */
    record Origin(ClientId client, long region) {}

    /** What waits for an answer; {@code region}: which is given up without one, 0 for none. */
    private record Waiting(Address to, Payload.Request<?> request, long region, long untilNanos) {}

    private final MemoryScenario scenario;
    private final SimNode node;
    private final Client client;
    /** What was asked for and not answered, so that nobody knows whether it was granted. */
    private final Set<Long> doubtful = new TreeSet<>();

    private final Map<Long, Waiting> waiting = new LinkedHashMap<>();
    private final List<Long> refused = new ArrayList<>();
    private final Map<Long, Origin> origins = new TreeMap<>();
    private final List<Long> owned = new ArrayList<>();
    private long lastRegion;
    private boolean ended;
    private boolean quiet;
    private @Nullable Payload last;

    MemoryUser(MemoryScenario scenario, SimNode node, Client client) {
        this.scenario = scenario;
        this.node = node;
        this.client = client;
    }

    Client client() {
        return client;
    }

    boolean ended() {
        return ended;
    }

    boolean waits() {
        return !waiting.isEmpty();
    }

    /** What came of the last call that ended; null where it had no answer. */
    @Nullable
    Payload last() {
        return last;
    }

    Origin origin(long region) {
        return origins.getOrDefault(region, new Origin(client.id(), region));
    }

    /** Its own turn, again and again until it ends. */
    void live() {
        if (ended) {
            return;
        }
        if (client.mayGo()) {
            client.microkernel().letGo(client);
        }
        takeAnswers();
        if (!quiet) {
            act();
        }
        node.after(scenario.world.between(World.MILLISECOND, 60 * World.MILLISECOND), "user", this::live);
    }

    void end() {
        if (!ended) {
            ended = true;
            client.microkernel().ended(client, 0);
        }
    }

    void beQuiet() {
        quiet = true;
    }

    private void takeAnswers() {
        for (Envelope in = client.responses().take();
                in != null;
                in = client.responses().take()) {
            Waiting asked = waiting.remove(in.call());
            if (asked != null) {
                ended(asked, in.payload());
            }
        }
        for (long call : List.copyOf(refused)) {
            refused.remove(call);
            Waiting asked = waiting.get(call);
            if (asked != null && client.responses().cancel(call)) {
                waiting.remove(call);
                ended(asked, null);
            }
        }
        for (Map.Entry<Long, Waiting> each : List.copyOf(waiting.entrySet())) {
            if (each.getValue().untilNanos() <= scenario.world.nanos()
                    && client.responses().cancel(each.getKey())) {
                waiting.remove(each.getKey());
                ended(each.getValue(), null);
            }
        }
    }

    private void ended(Waiting asked, @Nullable Payload answer) {
        last = answer;
        long region = asked.region();
        if (region == 0) {
            return;
        }
        if (answer instanceof FramesAllocated) {
            if (client.memory().region(region).isEmpty()) {
                if (owned.contains(region)) {
                    return; // Said twice, freed in between.
                }
                scenario.broken(client.id() + " was told of region " + region + ", and does not have it");
            } else if (!owned.contains(region)) {
                owned.add(region);
            }
            return;
        }
        if (answer == null) {
            doubtful.add(region);
        }
        // What was asked again after a refusal may have been granted since, and the news of it be under way.
        boolean askedAgain = waiting.values().stream().anyMatch(other -> other.region() == region);
        if (owned.contains(region) || askedAgain) {
            return;
        }
        boolean has = client.memory().region(region).isPresent();
        client.memory().giveUp(region);
        if (answer instanceof Refused && has && !doubtful.contains(region)) {
            scenario.broken(client.id() + " was refused region " + region + ", and has it");
        }
    }

    private void act() {
        World world = scenario.world;
        if (waiting.size() >= MOST_WAITING) {
            return;
        }
        switch (world.random(10)) {
            case 0, 1, 2, 3 -> allocate(1 + world.random(MOST_FRAMES));
            case 4 -> sayAgain();
            case 5, 6, 7 -> {
                if (!owned.isEmpty()) {
                    free(owned.get(world.random(owned.size())));
                }
            }
            case 8 -> {
                if (!owned.isEmpty()) {
                    share(owned.get(world.random(owned.size())));
                }
            }
            default -> {
                if (world.chance(100)) {
                    end();
                }
            }
        }
    }

    void allocate(int frames) {
        long region = Math.max(lastRegion + 1, client.memory().nextRegion());
        lastRegion = region;
        ask(scenario.someServer(), new MemoryProtocol.AllocateFrames(region, frames), region);
    }

    private void sayAgain() {
        waiting.values().stream()
                .filter(asked -> asked.region() != 0)
                .findFirst()
                .ifPresent(asked -> ask(asked.to(), asked.request(), asked.region()));
    }

    void freeAll() {
        List.copyOf(owned).forEach(this::free);
    }

    private void free(long region) {
        Optional<PageTable.Region> held = client.memory().region(region);
        owned.remove(region);
        client.memory().giveUp(region);
        held.ifPresent(gone -> ask(gone.server(), new MemoryProtocol.FreeFrames(region), 0));
    }

    private void share(long region) {
        MemoryUser with = scenario.someUser();
        PageTable.Region held = client.memory().region(region).orElseThrow();
        ask(held.server(), new MemoryProtocol.OfferFrames(region, with.client.id(), scenario.world.chance(500)), 0);
        node.after(scenario.world.between(0, 50 * World.MILLISECOND), "accept", () -> with.accept(this, region, held));
    }

    private void accept(MemoryUser from, long theirs, PageTable.Region offered) {
        if (!ended && !quiet) {
            long region = Math.max(lastRegion + 1, client.memory().nextRegion());
            lastRegion = region;
            origins.put(region, from.origin(theirs));
            ask(offered.server(), new MemoryProtocol.AcceptFrames(from.client.id(), theirs, region), region);
        }
    }

    private void ask(Address to, Payload.Request<?> request, long region) {
        long call = client.responses().reserve();
        if (call == 0) {
            return;
        }
        // Sometimes it does not wait for an answer that is on its way.
        long patience = scenario.world.between(
                World.MILLISECOND, scenario.world.chance(300) ? World.MILLISECOND : 6 * World.SECOND);
        waiting.put(call, new Waiting(to, request, region, scenario.world.nanos() + patience));
        client.request(to, request, call, 0, null, result -> {
            if (result != SendResult.ACCEPTED) {
                refused.add(call);
            }
        });
    }
}
