package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.factoredos.kernel.Paging;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Memory;
import org.factoredos.memory.MemoryError;

/** {@code memhog}: takes memory, sees whether it keeps what is written there, and ends well or badly, as it is told. */
final class MemHog {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "memhog",
                    "[-n FRAMES] [-s SECONDS] [--leak|--fault|--crash]",
                    "takes frames of memory and tries them (-n: how many, all that it gets unless told; -s: keeps them so"
                            + " long; --leak: does not free them; --fault: writes to what is not mapped, --crash: fails)",
                    "memhog -n 1000 -s 5"),
            MemHog::run);

    /** In frames: one call for so many. */
    private static final int AT_ONCE = 256;

    private MemHog() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "n:s:", Set.of("leak", "fault", "crash"), arguments);
        options.operands(0, 0);
        int wanted = number(options, 'n', Integer.MAX_VALUE);
        int seconds = number(options, 's', 0);
        Memory memory = fos.memory();
        List<Memory.Region> regions = new ArrayList<>();
        int got = 0;
        try {
            while (got < wanted) {
                int frames = Math.min(AT_ONCE, wanted - got);
                regions.add(memory.allocate((long) frames * Memory.PAGE_BYTES));
                got += frames;
            }
        } catch (FosException e) {
            Text.printLine(fos, "got " + got + " frames, then " + e.getMessage());
            if (wanted != Integer.MAX_VALUE || !isEnough(e)) {
                throw e;
            }
        }
        for (int i = 0; i < regions.size(); i++) {
            check(memory, regions.get(i), i + 1);
        }
        Text.printLine(fos, got + " frames hold what was written to them");
        fos.sleep(Duration.ofSeconds(seconds));
        if (options.has("fault")) {
            memory.putByte(
                    regions.isEmpty()
                            ? 0
                            : regions.getLast().address() + regions.getLast().bytes(),
                    (byte) 1);
        }
        if (options.has("crash")) {
            throw new IllegalStateException("as it was told to");
        }
        if (!options.has("leak")) {
            for (Memory.Region region : regions) {
                memory.free(region);
            }
        }
        return 0;
    }

    /** Whoever takes all that there is expects one of these. */
    private static boolean isEnough(FosException e) {
        return e.error() == MemoryError.OUT_OF_MEMORY
                || e.error() == MemoryError.QUOTA_EXCEEDED
                || e.error() == MemoryError.TOO_MANY_REGIONS;
    }

    /** New memory is zero, and each region keeps its own number on all of its pages. */
    private static void check(Memory memory, Memory.Region region, int number) throws IOException {
        byte[] page = new byte[Paging.FRAME_BYTES];
        for (long at = region.address(); at < region.address() + region.bytes(); at += page.length) {
            memory.read(at, page, 0, page.length);
            if (!Arrays.equals(page, new byte[page.length])) {
                throw new IOException(String.format("0x%x: new memory is not empty", at));
            }
            Arrays.fill(page, (byte) number);
            memory.write(at, page, 0, page.length);
        }
        for (long at = region.address(); at < region.address() + region.bytes(); at += page.length) {
            if (memory.getByte(at) != (byte) number || memory.getByte(at + page.length - 1) != (byte) number) {
                throw new IOException(String.format("0x%x: memory has changed by itself", at));
            }
        }
    }

    private static int number(Options options, char letter, int unlessTold) {
        String text = options.value(letter).orElse(Integer.toString(unlessTold));
        if (!text.matches("\\d{1,10}") || Long.parseLong(text) > Integer.MAX_VALUE) {
            throw options.wrong("'" + text + "' is no number");
        }
        return Integer.parseInt(text);
    }
}
