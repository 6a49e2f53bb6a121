package org.factoredos.shell;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Fos;
import org.factoredos.lib.TextMessage;
import org.factoredos.lib.UsageException;
import org.factoredos.naming.NameProtocol;

/**
 * {@code mbox} and {@code mrecv}: the shell's own receive mailboxes (§3.1.1).
 *
 * <p>A mailbox is its client's and ends with it, so these are not programs: a program's mailbox would be gone as the prompt
 * comes back.
 */
final class Mailboxes {
    private static final int MESSAGES_UNLESS_TOLD = 64;
    private static final long BYTES_UNLESS_TOLD = 1L << 20;
    private static final int MOST_MESSAGES = 1_000_000;
    private static final int MOST_BYTES = 1 << 30;
    /** How often a wait looks whether there was a Ctrl-C. */
    private static final Duration GLANCE = Duration.ofMillis(250);

    private final Fos fos;
    private final Sinks sinks;
    private final Foreground foreground;
    private final Map<Address, String> names = new LinkedHashMap<>();

    Mailboxes(Fos fos, Sinks sinks, Foreground foreground) {
        this.fos = fos;
        this.sinks = sinks;
        this.foreground = foreground;
    }

    Outcome mbox(List<String> arguments, Streams streams) throws IOException {
        if (arguments.isEmpty()) {
            throw new UsageException("nothing to do");
        }
        List<String> rest = arguments.subList(1, arguments.size());
        switch (arguments.getFirst()) {
            case "create" -> create(rest, streams);
            case "list" -> {
                operands(rest, 0, 0);
                list(streams);
            }
            case "destroy" -> destroy(operands(rest, 1, Integer.MAX_VALUE), streams);
            case "mask" -> {
                operands(rest, 0, 0);
                fos.maskInterrupts();
            }
            case "unmask" -> {
                operands(rest, 0, 0);
                fos.unmaskInterrupts();
            }
            default -> throw new UsageException("'" + arguments.getFirst() + "' is nothing that can be done");
        }
        return Outcome.of(0);
    }

    private void create(List<String> arguments, Streams streams) throws IOException {
        int messages = MESSAGES_UNLESS_TOLD;
        long bytes = BYTES_UNLESS_TOLD;
        boolean interrupts = false;
        List<String> others = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case "-m", "--capacity" -> messages = size(arguments, ++i, MOST_MESSAGES);
                case "-b", "--bytes" -> bytes = size(arguments, ++i, MOST_BYTES);
                case "-i", "--interrupt" -> interrupts = true;
                default -> others.add(arguments.get(i));
            }
        }
        Optional<String> name = operands(others, 0, 1).stream().findFirst();
        Address mailbox = interrupts ? interrupting(messages, bytes, name) : fos.createMailbox(messages, bytes);
        if (name.isPresent()) {
            try {
                fos.register(mailbox, name.get(), NameProtocol.Flags.SINGLE);
            } catch (IOException e) {
                fos.destroyMailbox(mailbox);
                throw e;
            }
            names.put(mailbox, name.get());
        }
        sinks.print(streams, mailbox + "\n");
    }

    /** Its messages are shown as they come: while the shell waits at its prompt or for a command, for example. */
    private Address interrupting(int messages, long bytes, Optional<String> name) throws IOException {
        return fos.createMailbox(messages, bytes, message -> show(name.orElse("mailbox") + ": " + text(message)));
    }

    private void show(String line) {
        try {
            fos.err().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Nobody is there to see it; the shell finds out at its own next write.
        }
    }

    private void list(Streams streams) throws IOException {
        for (Fos.MailboxStatus status : fos.mailboxes()) {
            sinks.print(
                    streams,
                    String.format(
                            "%-16s %s %d of %d messages, at most %d bytes, %s%n",
                            names.getOrDefault(status.mailbox(), "-"),
                            status.mailbox(),
                            status.messages(),
                            status.capacityMessages(),
                            status.capacityBytes(),
                            status.interrupts() ? "interrupts" : "polled"));
        }
    }

    private void destroy(List<String> which, Streams streams) throws IOException {
        for (String text : which) {
            Address mailbox = own(text);
            String name = names.remove(mailbox);
            int lost = fos.destroyMailbox(mailbox);
            if (lost > 0) {
                sinks.print(streams, text + ": " + lost + (lost == 1 ? " message was" : " messages were") + " lost\n");
            }
            if (name != null) {
                fos.deleteName(name);
            }
        }
    }

    Outcome mrecv(List<String> arguments, Streams streams) throws IOException {
        Optional<Duration> patience = Optional.empty();
        List<String> others = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case "-t", "--timeout" -> patience = Optional.of(seconds(arguments, ++i));
                default -> others.add(arguments.get(i));
            }
        }
        String which = operands(others, 1, 1).getFirst();
        Optional<Payload> message = receive(which, own(which), patience);
        if (message.isEmpty()) {
            throw new IOException(which + ": no message came in time");
        }
        sinks.print(streams, text(message.get()) + "\n");
        return Outcome.of(0);
    }

    private Optional<Payload> receive(String which, Address mailbox, Optional<Duration> patience) throws IOException {
        if (fos.mailboxes().stream().anyMatch(status -> status.mailbox().equals(mailbox) && status.interrupts())) {
            throw new IOException(which + ": its messages are shown as they come");
        }
        long begun = fos.nanoTime();
        while (true) {
            Duration passed = Duration.ofNanos(fos.nanoTime() - begun);
            Duration left = patience.map(all -> all.minus(passed)).orElse(GLANCE);
            Optional<Payload> message = fos.receive(mailbox, left.compareTo(GLANCE) < 0 ? positive(left) : GLANCE);
            if (message.isPresent() || left.compareTo(GLANCE) < 0) {
                return message;
            }
            foreground.leave();
        }
    }

    private static Duration positive(Duration left) {
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** By the name that it was made under, or by its automatic name. */
    private Address own(String text) throws IOException {
        return fos.mailboxes().stream()
                .map(Fos.MailboxStatus::mailbox)
                .filter(mailbox -> mailbox.toString().equals(text) || text.equals(names.get(mailbox)))
                .findFirst()
                .orElseThrow(() -> new IOException(text + ": no mailbox of this shell; 'mbox list' lists them"));
    }

    private static String text(Payload message) {
        return message instanceof TextMessage(String text) ? text : message.toString();
    }

    private static List<String> operands(List<String> arguments, int least, int most) {
        Optional<String> option =
                arguments.stream().filter(argument -> argument.startsWith("-")).findFirst();
        if (option.isPresent()) {
            throw new UsageException("unknown option " + option.get());
        }
        if (arguments.size() < least) {
            throw new UsageException("which mailbox?");
        }
        if (arguments.size() > most) {
            throw new UsageException("too many arguments");
        }
        return arguments;
    }

    private static String value(List<String> arguments, int at) {
        if (at == arguments.size()) {
            throw new UsageException("option " + arguments.getLast() + " needs a value");
        }
        return arguments.get(at);
    }

    private static int size(List<String> arguments, int at, int most) {
        String text = value(arguments, at);
        if (!text.matches("[1-9]\\d{0,9}") || Long.parseLong(text) > most) {
            throw new UsageException("'" + text + "' is no size from 1 to " + most);
        }
        return Integer.parseInt(text);
    }

    private static Duration seconds(List<String> arguments, int at) {
        String text = value(arguments, at);
        if (!text.matches("\\d{1,8}(\\.\\d{1,3})?")) {
            throw new UsageException("'" + text + "' is no number of seconds");
        }
        return Duration.ofMillis(new BigDecimal(text).movePointRight(3).longValueExact());
    }
}
