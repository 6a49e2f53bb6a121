package org.factoredos.sim;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.driver.BlockDriver;
import org.factoredos.file.FileFront;
import org.factoredos.file.FileOwner;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/** The file fleet, with one copy of each chunk, over disks that survive their nodes; in some runs the power fails too. */
final class FileScenario extends Scenario {
    /** So long that what no map names is dropped. */
    private static final long QUIET_NANOS = 45 * World.SECOND;

    private final boolean powerFails;
    private final Map<NodeId, SimDisk> disks = new TreeMap<>();
    private final History<Payload, Payload> history = new History<>();

    FileScenario(long seed, Variant variant) {
        super(seed, variant, Reserved.FILE_SLICES);
        powerFails = world.chance(250);
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
        serveFront(node, Reserved.FILE_FRONT, "sys:fs", new FileFront(node.self(), false));
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        long millisAtZero = Math.floorDiv(world.nanos() - node.nanos(), World.MILLISECOND);
        return new OwnerLife(
                new FileOwner(slice, node.self(), 1, millisAtZero),
                slice,
                node.self(),
                Reserved.fileOwner(slice),
                Reserved.FILE_FRONT);
    }

    @Override
    User user(Address self, Incarnation life) {
        return new FileUser(life, world.split(), history);
    }

    @Override
    void ownFault() {
        if (!powerFails) {
            super.ownFault();
        } else if (world.chance(300)) {
            losePowerEverywhere();
        } else {
            losePower(new NodeId(1 + world.random(3)));
            noteLoss(false);
        }
    }

    @Override
    void calm() {
        disks.values().forEach(disk -> disk.become(SimDisk.Faults.NONE));
    }

    @Override
    @Nullable
    String epilogue() {
        if (!powerFails) {
            return null;
        }
        world.run(world.chance(500) ? QUIET_NANOS : 0);
        losePowerEverywhere();
        String unsettled = settle();
        return unsettled == null ? askLast() : unsettled;
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
        return history.violation(new FileModel(powerFails));
    }

    @Override
    String counts() {
        return history.counts();
    }
}
