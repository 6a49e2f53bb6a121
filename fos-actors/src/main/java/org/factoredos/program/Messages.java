package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Fos;
import org.factoredos.lib.TextMessage;
import org.factoredos.lib.TextRequest;
import org.factoredos.lib.UsageException;

/**
 * {@code msend}: a line of text into a mailbox (§3.1.1); what the microkernel says of it is the exit status. {@code mcall}: one that
 * is answered, by a server of a fleet that somebody has deployed.
 */
final class Messages {
    static final Command MSEND = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "msend",
                    "NAME|ADDRESS TEXT...",
                    "sends a line of text to a mailbox",
                    "mbox create inbox; msend inbox good morning; mrecv inbox"),
            Messages::send);

    static final Command MCALL = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "mcall",
                    "NAME|ADDRESS TEXT...",
                    "asks a server in a line of text, and prints its answer",
                    "mcall kv get colour"),
            Messages::call);

    private Messages() {}

    private static int send(Fos fos, List<String> arguments) throws IOException {
        String mailbox = mailbox(MSEND, arguments);
        Optional<Address> address = Address.parse(mailbox);
        Destination to = address.isPresent() ? address.get() : new Name(mailbox);
        SendResult result = fos.send(to, new TextMessage(text(arguments)));
        if (result == SendResult.ACCEPTED) {
            return 0;
        }
        Text.complain(fos, mailbox + ": " + result.sentence());
        return 1;
    }

    private static int call(Fos fos, List<String> arguments) throws IOException {
        String mailbox = mailbox(MCALL, arguments);
        TextRequest request = new TextRequest(text(arguments));
        Optional<Address> address = Address.parse(mailbox);
        TextMessage answer =
                address.isPresent() ? fos.call(address.get(), request) : fos.ask(new Name(mailbox), request);
        Text.printLine(fos, answer.text());
        return 0;
    }

    /** What follows it is text, whatever that looks like. */
    private static String mailbox(Command command, List<String> arguments) throws UsageException {
        Options options =
                Options.of(command.usage(), "", arguments.stream().limit(1).toList());
        String mailbox = options.operands(1, 1).getFirst();
        if (arguments.size() == 1) {
            throw options.wrong("no text to send");
        }
        return mailbox;
    }

    private static String text(List<String> arguments) {
        return String.join(" ", arguments.subList(1, arguments.size()));
    }
}
