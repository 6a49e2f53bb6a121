package org.factoredos.program;

import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Fos;
import org.factoredos.lib.TextMessage;

/** {@code sum}: an application on one or more cores (§3), whose tiles do a part each and talk by messages. */
final class Sum {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "sum",
                    "LAST",
                    "adds the numbers from 1, each of its tiles a part of them, and says which did which",
                    "spawn -f -n 4 sum 1000000"),
            Sum::run);

    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    /** The others have started when this one has, and add for seconds at most. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Sum() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", arguments);
        String text = options.operands(1, 1).getFirst();
        if (!NUMBER.matcher(text).matches()) {
            throw options.wrong("'" + text + "' is no number from 0 to 999999999");
        }
        long last = Long.parseLong(text);
        List<Address> ranks = fos.ranks();
        String part = part(fos.rank(), ranks.size(), last);
        return fos.rank() == 0 ? collect(fos, ranks, part) : send(fos, ranks.getFirst(), part);
    }

    /** Every so manieth number. */
    private static String part(int rank, int size, long last) {
        long sum = 0;
        for (long number = rank + 1L; number <= last; number += size) {
            sum += number;
        }
        return rank + " " + sum;
    }

    private static int send(Fos fos, Address first, String part) throws IOException {
        SendResult result = fos.send(first, new TextMessage(fos.tile() + " " + part));
        if (result != SendResult.ACCEPTED) {
            throw new IOException("the first tile: " + result.sentence());
        }
        return 0;
    }

    private static int collect(Fos fos, List<Address> ranks, String own) throws IOException {
        BigInteger sum = add(fos, fos.tile() + " " + own, BigInteger.ZERO);
        for (int i = 1; i < ranks.size(); i++) {
            Optional<Payload> part = fos.receive(ranks.getFirst(), PATIENCE);
            if (!(part.orElse(null) instanceof TextMessage(String line))) {
                throw new IOException("a tile has not told its part");
            }
            sum = add(fos, line, sum);
        }
        Text.printLine(fos, sum.toString());
        return 0;
    }

    private static BigInteger add(Fos fos, String line, BigInteger sum) throws IOException {
        Text.printLine(fos, line);
        return sum.add(new BigInteger(line.substring(line.lastIndexOf(' ') + 1)));
    }
}
