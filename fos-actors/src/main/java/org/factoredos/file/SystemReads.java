package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.driver.ClockProtocol.AskTime;
import org.factoredos.driver.EntropyProtocol;
import org.factoredos.driver.EntropyProtocol.AskEntropy;
import org.factoredos.driver.EntropyProtocol.EntropyGiven;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.Pictures.Heard;
import org.factoredos.file.Pictures.Picture;
import org.factoredos.file.Pictures.Reading;
import org.factoredos.file.SystemTrees.Want;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.memory.MemoryProtocol.ReportMemory;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.ReportTiles;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** What is read in {@code /proc} and {@code /dev}, by who may: pictures of what the fleets say, and bytes without an end. */
final class SystemReads {
    /** Of one picture: a reader has no more pieces under way, and is waited for by no more repeats. */
    private static final int MOST_WAITING = 64;
    /** Of the system's names, of which there are some twenty. */
    private static final int MOST_PAGES = 16;

    private static final String SYSTEM_NAMES = "sys:*";
    private static final Bytes ZEROS = Bytes.owning(new byte[FileProtocol.LARGEST_TRANSFER_BYTES]);

    record AwaitingChance(Envelope in) implements SystemTrees.Parked {}

    /** One question of several whose answers make a picture. */
    record AwaitingPart(Reading key, SystemPath at, int number, String who) implements SystemTrees.Parked {}

    private final Incarnation self;
    private final String version;
    private final Pictures pictures = new Pictures();
    private @Nullable Membership membership;

    SystemReads(Incarnation self, String version) {
        this.self = self;
        this.version = version;
    }

    void on(Membership changed) {
        membership = changed;
    }

    List<Effect> read(Want want, ReadFile read, long nanos) {
        if (read.offset() < 0 || read.length() < 0 || read.length() > FileProtocol.LARGEST_TRANSFER_BYTES) {
            return refuse(want.in(), FileError.EINVAL);
        }
        SystemFile file = want.at().found().orElse(null);
        if (file == null) {
            return refuse(want.in(), FileError.EISDIR);
        }
        return switch (file) {
            case NULL -> List.of(FileFront.reply(want.in(), new FileRead(Bytes.EMPTY)));
            case ZERO -> List.of(FileFront.reply(want.in(), new FileRead(ZEROS.slice(0, read.length()))));
            case CONSOLE -> refuse(want.in(), FileError.ENXIO); // Whoever has a terminal reads there itself.
            case RANDOM, URANDOM -> chance(want.in(), read.length());
            default -> picture(want, file, read, nanos);
        };
    }

    // Chance.

    /** As much as one answer of the driver's carries. */
    private List<Effect> chance(Envelope in, int length) {
        Membership members = membership;
        if (length == 0 || members == null) {
            return length == 0 ? List.of(FileFront.reply(in, new FileRead(Bytes.EMPTY))) : refuse(in, FileError.EAGAIN);
        }
        return List.of(new Effect.Call(
                Reserved.ENTROPY.address(self, members.grid()),
                new AskEntropy(Math.min(length, EntropyProtocol.MOST_BYTES)),
                new AwaitingChance(in),
                SystemTrees.FLEET_PATIENCE_NANOS));
    }

    List<Effect> onChance(Envelope in, Response response) {
        return response instanceof Response.Answered(EntropyGiven(Bytes data))
                ? List.of(FileFront.reply(in, new FileRead(data)))
                : refuse(in, FileError.ETIMEDOUT);
    }

    // Pictures.

    private List<Effect> picture(Want want, SystemFile file, ReadFile read, long nanos) {
        Envelope in = want.in();
        Reading key = new Reading(in.from().client(), read.file());
        Picture picture = pictures.get(key);
        // A reader who is back at the first byte wants to know how it is now, unless it only asks again.
        if (picture == null || (read.offset() == 0 && picture.text != null && picture.call != in.call())) {
            picture = pictures.begin(key, in.call(), nanos);
            if (picture == null) {
                return refuse(in, FileError.EAGAIN);
            }
            picture.waiting.add(want);
            return ask(key, want.at(), file, picture, nanos);
        }
        Bytes text = picture.text;
        if (text != null) {
            return List.of(piece(want, text));
        }
        if (picture.waiting.size() >= MOST_WAITING) {
            return refuse(in, FileError.EAGAIN);
        }
        picture.waiting.add(want);
        return List.of();
    }

    private List<Effect> ask(Reading key, SystemPath at, SystemFile file, Picture picture, long nanos) {
        Membership members = membership;
        if (members == null) {
            pictures.drop(key);
            return refuse(picture.waiting.getFirst().in(), FileError.EAGAIN);
        }
        List<Effect> effects = new ArrayList<>();
        switch (file) {
            case TILES -> effects.add(part(key, at, picture, Reserved.PLACEMENT, new ListTiles(Reach.GRID)));
            case CACHES -> effects.add(part(key, at, picture, Reserved.PLACEMENT, new ReportTiles(Reach.GRID)));
            case STATUS, CMDLINE ->
                effects.add(part(key, at, picture, Reserved.PLACEMENT, new ListProcesses(Reach.GRID)));
            case FLEETS -> effects.add(part(key, at, picture, Reserved.NAME_FRONT, ListNames.matching(SYSTEM_NAMES)));
            case UPTIME, CLOCK -> effects.add(part(key, at, picture, Reserved.CLOCK, new AskTime()));
            case MEM ->
                members.up()
                        .forEach(member ->
                                effects.add(part(key, at, picture, member, Reserved.MEMORY, new ReportMemory())));
            default -> {} // It is known here.
        }
        return effects.isEmpty() ? finish(key, at, picture, nanos) : effects;
    }

    private Effect part(Reading key, SystemPath at, Picture picture, Reserved of, Payload.Request<?> request) {
        return part(key, at, picture, self, of, request);
    }

    private Effect part(
            Reading key, SystemPath at, Picture picture, Incarnation node, Reserved of, Payload.Request<?> request) {
        Membership members = membership;
        if (members == null) {
            throw new IllegalStateException("asks before it knows whom");
        }
        String who = of.domain() + (node.equals(self) ? "" : " of " + node.node());
        return new Effect.Call(
                of.address(node, members.grid()),
                request,
                new AwaitingPart(key, at, picture.asked++, who),
                SystemTrees.FLEET_PATIENCE_NANOS);
    }

    List<Effect> onPart(AwaitingPart part, Response response, long nanos) {
        Picture picture = pictures.get(part.key());
        if (picture == null) {
            throw new IllegalStateException("a picture was forgotten while it was made: " + part);
        }
        picture.heard.put(part.number(), new Heard(part.who(), response));
        if (response instanceof Response.Answered(NamesListed(var page, boolean more))
                && more
                && !page.isEmpty()
                && picture.asked < MOST_PAGES) {
            var next = new ListNames(SYSTEM_NAMES, page.getLast().name());
            return List.of(part(part.key(), part.at(), picture, Reserved.NAME_FRONT, next));
        }
        return picture.heard.size() == picture.asked ? finish(part.key(), part.at(), picture, nanos) : List.of();
    }

    private List<Effect> finish(Reading key, SystemPath at, Picture picture, long nanos) {
        List<Want> waiting = List.copyOf(picture.waiting);
        picture.waiting.clear();
        SystemFile file = at.found().orElseThrow();
        Bytes text = SystemText.of(at, file, List.copyOf(picture.heard.values()), version);
        if (text == null) {
            pictures.drop(key);
            return waiting.stream()
                    .map(want -> FileFront.reply(want.in(), new Refused(FileError.ENOENT)))
                    .toList();
        }
        pictures.finish(key, picture, text, nanos);
        return waiting.stream().map(want -> piece(want, text)).toList();
    }

    private static Effect piece(Want want, Bytes text) {
        if (!(want.request() instanceof ReadFile(FileId file, long offset, int length))) {
            throw new IllegalStateException("who reads no file waits for none: " + want);
        }
        int from = (int) Math.min(offset, text.length());
        return FileFront.reply(want.in(), new FileRead(text.slice(from, Math.min(length, text.length() - from))));
    }

    private static List<Effect> refuse(Envelope in, FileError error) {
        return List.of(FileFront.reply(in, new Refused(error)));
    }
}
