package org.factoredos.program;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.factoredos.lib.Fos;

/** {@code sleep} and {@code seq}: what loops are made of. */
final class Sleep {
    static final Command COMMAND = new Command(
            new Usage(Usage.Group.SYSTEM, "sleep", "NUMBER[s|m|h|d]", "waits, for seconds unless told", "sleep 0.5"),
            Sleep::run);

    static final Command SEQ = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "seq",
                    "[FIRST [STEP]] LAST",
                    "counts, from 1 by 1 unless told",
                    "for i in $(seq 3); do echo $i; done"),
            Sleep::count);

    private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{0,9})?|\\.\\d{1,9})([smhd]?)");
    private static final Pattern NUMBER = Pattern.compile("-?(?:\\d{1,18}(?:\\.\\d{0,18})?|\\.\\d{1,18})");

    private Sleep() {}

    private static int run(Fos fos, List<String> arguments) {
        Options options = Options.of(COMMAND.usage(), "", arguments);
        String text = options.operands(1, 1).getFirst();
        var time = TIME.matcher(text);
        if (!time.matches()) {
            throw options.wrong("'" + text + "' is no time");
        }
        long unitSeconds = switch (time.group(2)) {
            case "m" -> 60;
            case "h" -> 3_600;
            case "d" -> 86_400;
            default -> 1;
        };
        BigDecimal nanos = new BigDecimal(time.group(1)).multiply(BigDecimal.valueOf(unitSeconds * 1_000_000_000L));
        fos.sleep(Duration.ofNanos(nanos.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue()));
        return 0;
    }

    /** Numbers, a negative one among them, look like options, so they are not taken apart as such. */
    private static int count(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(SEQ.usage(), "", withoutOptions(arguments));
        List<BigDecimal> numbers = options.operands(1, 3).stream()
                .map(text -> number(options, text))
                .toList();
        BigDecimal first = numbers.size() > 1 ? numbers.getFirst() : BigDecimal.ONE;
        BigDecimal step = numbers.size() > 2 ? numbers.get(1) : BigDecimal.ONE;
        BigDecimal last = numbers.getLast();
        if (step.signum() == 0) {
            throw options.wrong("a step of 0 never ends");
        }
        int scale = Math.max(first.scale(), step.scale());
        for (BigDecimal i = first; last.subtract(i).signum() != -step.signum(); i = i.add(step)) {
            Text.printLine(fos, i.setScale(scale).toPlainString());
        }
        return 0;
    }

    private static List<String> withoutOptions(List<String> arguments) {
        return Stream.concat(Stream.of("--"), arguments.stream()).toList();
    }

    private static BigDecimal number(Options options, String text) {
        if (!NUMBER.matcher(text).matches()) {
            throw options.wrong("'" + text + "' is no number");
        }
        return new BigDecimal(text);
    }
}
