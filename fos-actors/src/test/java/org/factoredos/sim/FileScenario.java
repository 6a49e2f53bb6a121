package org.factoredos.sim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.factoredos.driver.BlockDriver;
import org.factoredos.file.FileFront;
import org.factoredos.file.FileOwner;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.MappedVersions;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/**
 * The file fleet over disks that survive their nodes. In some runs the power fails; in others a disk is lost now and then,
 * one at a time: the next only when all is repaired.
 */
class FileScenario extends Scenario {
    /** So long that what no map names is dropped. */
    private static final long QUIET_NANOS = 45 * World.SECOND;

    private static final long LOOK_NANOS = 100 * World.MILLISECOND;
    private static final long SCRUB_NANOS = 5 * World.SECOND;
    private static final int LOST_AT_LAST = 2;
    private static final long MOST_REPAIRING_NANOS = 60 * World.SECOND;

    private final boolean powerFails;
    private final FileOwner.Settings settings;
    private final Map<NodeId, SimDisk> disks = new TreeMap<>();
    private final Map<OwnerLife, FileOwner> cores = new LinkedHashMap<>();
    private @Nullable String falselyRepaired;
    private final History<Payload, Payload> history = new History<>();
    private final Map<FileId, FileUser> locked = new LinkedHashMap<>();
    private final Set<Incarnation> condemned = new TreeSet<>();
    private @Nullable String lockedTwice;
    private int locksTaken;

    FileScenario(long seed, Variant variant) {
        this(seed, variant, Reserved.FILE_SLICES, 250);
    }

    /** {@code slices}: with those of other fleets; in so many of 1,000 runs the power fails. */
    FileScenario(long seed, Variant variant, int slices, int powerFailsPerMille) {
        super(seed, variant, slices);
        powerFails = world.chance(powerFailsPerMille);
        world.after(LOOK_NANOS, "look", this::lookWhenRepaired);
        settings = new FileOwner.Settings(world.chance(800) ? 2 : 1, 2 * World.SECOND * world.random(3), SCRUB_NANOS);
    }

    @Override
    Reserved place(int slice) {
        return Reserved.fileOwner(slice);
    }

    @Override
    void boot(SimNode node) {
        SimDisk disk = disk(node.self().node());
        node.tile(Reserved.BLOCK.tile(node.self().node(), grid))
                .serve(Serving.as("sys:block").device(disk.device(node)), new BlockDriver());
        serveFront(
                node,
                Reserved.FILE_FRONT,
                Serving.as("sys:fs"),
                () -> new FileFront(node.self(), leased(node), false, "1.2", 0));
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        long millisAtZero = Math.floorDiv(world.nanos() - node.nanos(), World.MILLISECOND);
        FileOwner owner = new FileOwner(slice, node.self(), settings, millisAtZero);
        OwnerLife life = new OwnerLife(owner, slice, node.self(), Reserved.fileOwner(slice), Reserved.FILE_FRONT);
        cores.put(life, owner);
        return life;
    }

    @Override
    String domain(int client) {
        return client == 0 ? FileModel.OPERATOR : "ann";
    }

    @Override
    User user(Address self, String domain, Incarnation life) {
        return new FileUser(life, domain, world.split(), history, new Locking());
    }

    /** Nobody has what another one has, who lives and is no outcast. */
    private final class Locking implements FileUser.LockLog {
        @Override
        public void took(FileId file, FileUser user) {
            FileUser before = locked.put(file, user);
            locksTaken++;
            if (before != null && !before.equals(user) && !condemned.contains(before.life()) && lives(before.life())) {
                lockedTwice = file + " is locked on " + before.life() + " and on " + user.life();
            }
        }

        @Override
        public void leaves(FileId file, FileUser user) {
            locked.remove(file, user);
        }
    }

    @Override
    void condemned(Incarnation life) {
        condemned.add(life);
    }

    @Override
    void ownFault() {
        if (!powerFails) {
            if (settings.replicas() > 1 && world.chance(300)) {
                damage();
            } else if (world.chance(500)) {
                fill(disk(new NodeId(1 + world.random(3))));
            } else if (!loseDisk()) {
                super.ownFault();
            }
        } else if (world.chance(300)) {
            losePowerEverywhere();
        } else {
            boolean others = settings.replicas() > 1 && allRepaired();
            losePower(new NodeId(1 + world.random(3)));
            if (!others) { // Else what one node forgets another has.
                noteLoss(false);
            }
        }
    }

    @Override
    void calm() {
        disks.values().forEach(disk -> {
            disk.become(SimDisk.Faults.NONE);
            disk.fill(false);
        });
    }

    @Override
    @Nullable
    String epilogue() {
        if (!powerFails) {
            return loseDisks();
        }
        world.run(world.chance(500) ? QUIET_NANOS : 0);
        losePowerEverywhere();
        String unsettled = settle();
        return unsettled == null ? askLast() : unsettled;
    }

    /** One disk after the other: each time what the others have is all that there is. */
    private @Nullable String loseDisks() {
        for (int i = 0; i < LOST_AT_LAST && settings.replicas() > 1; i++) {
            if (!cameTrue(this::loseDisk, MOST_REPAIRING_NANOS)) {
                return "what was lost is not repaired";
            }
            String unsettled = settle();
            String unanswered = unsettled == null ? askLast() : unsettled;
            if (unanswered != null) {
                return unanswered;
            }
        }
        return null;
    }

    /** A node gets an empty disk, if the others have all that was on it; whether it came to that. */
    private boolean loseDisk() {
        // Each owner has been told of all members, and knows of every chunk on two disks of theirs.
        if (settings.replicas() == 1 || !allRepaired() || !allWhole()) {
            return false;
        }
        NodeId node = new NodeId(1 + world.random(3));
        world.note(node + " loses its disk");
        cluster.crash(node, world.between(100 * World.MILLISECOND, 8 * World.SECOND));
        disk(node).replace();
        return true;
    }

    /** Nobody notices before somebody reads; while it lasts no copy may be lost by another fault. */
    private void damage() {
        if (allRepaired() && allWhole()) {
            NodeId node = new NodeId(1 + world.random(3));
            if (disk(node).damage()) {
                world.note(node + " damages a chunk");
            }
        }
    }

    /** Whether every chunk is on its disks as it was put. */
    private boolean allWhole() {
        return fileOwners(owner -> MappedVersions.of(owner).entrySet().stream()
                .allMatch(each ->
                        each.getValue().stream().allMatch(node -> disk(node).whole(each.getKey()))));
    }

    private void fill(SimDisk disk) {
        disk.fill(true);
        world.after(world.between(World.SECOND, 6 * World.SECOND), "room again", () -> disk.fill(false));
    }

    private boolean allRepaired() {
        return cluster.settled() && owners(OwnerLife::repaired);
    }

    /** Holds the owners' word against the disks; they have had time to hear the last news. */
    private void lookWhenRepaired() {
        world.after(LOOK_NANOS, "look", this::lookWhenRepaired);
        if (allRepaired()) {
            world.after(LOOK_NANOS / 2, "look again", () -> {
                if (allRepaired()) {
                    fileOwners(this::look);
                }
            });
        }
    }

    private boolean fileOwners(Predicate<FileOwner> so) {
        return owners(life -> {
            FileOwner owner = cores.get(life);
            return owner == null || so.test(owner); // Else it is another fleet's.
        });
    }

    private boolean look(FileOwner owner) {
        MappedVersions.of(owner).forEach((chunk, nodes) -> {
            long copies = nodes.stream().filter(node -> disk(node).holds(chunk)).count();
            if (copies < settings.replicas()) {
                falselyRepaired = "repaired, but " + chunk + " is on " + copies + " of " + nodes;
            }
        });
        return true;
    }

    private void losePowerEverywhere() {
        List.copyOf(disks.keySet()).forEach(this::losePower);
        journal.losePower();
        noteLoss(true);
    }

    private void losePower(NodeId node) {
        world.note(node + " loses power");
        cluster.crash(node, world.between(100 * World.MILLISECOND, 2 * World.SECOND));
        disk(node).losePower();
    }

    private SimDisk disk(NodeId node) {
        return disks.computeIfAbsent(node, id -> new SimDisk(world, SimDisk.Faults.HOSTILE));
    }

    private void noteLoss(boolean everywhere) {
        for (String volume : List.of("/tmp", "/home")) {
            var lost = new FileModel.PowerLost(everywhere);
            history.returned(history.called(volume, lost), lost);
        }
    }

    @Override
    @Nullable
    String judgement() {
        String violation = history.violation(new FileModel(powerFails));
        return violation != null ? violation : lockedTwice != null ? lockedTwice : falselyRepaired;
    }

    @Override
    String counts() {
        return history.counts() + ", " + locksTaken + " locks";
    }
}
