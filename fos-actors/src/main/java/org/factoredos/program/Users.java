package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.RightKind;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.privilege.KeyError;
import org.factoredos.privilege.KeyProtocol;
import org.factoredos.privilege.KeyProtocol.Domain;
import org.factoredos.privilege.KeyProtocol.DomainsListed;
import org.factoredos.privilege.KeyProtocol.KeyAdded;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.privilege.Right;

/**
 * {@code user}: people other than the operator. Each is a protection domain (§3.1.2) of their name, with a home directory
 * and the keys that they come in with.
 */
final class Users {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "user",
                    "add [--tiles N] [--frames N] [--disk SIZE] NAME KEY | list [--json] | remove NAME",
                    "lets people in over SSH, each in a domain of their own, with no more tiles of the grid, frames of each node's"
                            + " memory and bytes of each volume than that (none: no limit); or takes that away",
                    "user list"),
            Users::run);

    private static final String OPERATOR = ProcessSpec.OPERATOR;
    private static final int PRIVATE = 0700;
    private static final int LONGEST_NAME = 32;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

    private static final long END_PATIENCE_NANOS = 20_000_000_000L;
    private static final Duration LOOK = Duration.ofMillis(100);

    private Users() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Set<String> words = new TreeSet<>(UserLimits.WORDS);
        words.add("json");
        Options options = Options.of(COMMAND.usage(), "", words, arguments);
        List<String> operands = options.operands(1, Integer.MAX_VALUE);
        List<String> rest = operands.subList(1, operands.size());
        String what = operands.getFirst();
        if (options.has("json") && !what.equals("list")) {
            throw options.wrong("--json is for 'user list'");
        }
        UserLimits limits = UserLimits.of(options);
        if (!limits.isEmpty() && !what.equals("add")) {
            throw options.wrong("--tiles, --frames and --disk are for 'user add'");
        }
        switch (what) {
            case "add" -> add(fos, options, limits, rest);
            case "list" -> list(fos, options, rest);
            case "remove" -> remove(fos, options, rest);
            default -> throw options.wrong("'" + what + "' is not to be done with users");
        }
        return 0;
    }

    /** What a user's domain begins with: to ask the system, to have names and processes, and to share what is its own. */
    static List<Right> firstRights(String name, UserLimits limits) {
        List<Right> rights = new ArrayList<>();
        for (String server : List.of(
                "sys:fs",
                "sys:names",
                "sys:placement",
                "sys:privileges",
                "sys:console",
                "sys:net",
                "sys:clock",
                "sys:entropy",
                "sys:memory")) {
            rights.add(new Right(name, RightKind.SEND, server));
        }
        rights.add(new Right(name, RightKind.SEND, name));
        rights.add(new Right(name, RightKind.SEND, name + ":*"));
        rights.add(new Right(name, RightKind.REGISTER, name + ":*"));
        rights.add(new Right(name, RightKind.SPAWN, "*"));
        rights.addAll(limits.first(name));
        rights.add(new Right(name, RightKind.GRANT, name + ":*"));
        return rights;
    }

    static String home(String name) {
        return "/home/" + name;
    }

    private static String name(String text) throws IOException {
        if (text.equals(OPERATOR)) {
            throw new IOException(text + ": is the operator, who is no user and always there");
        }
        if (text.startsWith("sys:") || text.equals("sys")) {
            throw new IOException(text + ": is the system's own");
        }
        if (text.length() > LONGEST_NAME || !NAME.matcher(text).matches()) {
            throw new IOException("'" + Text.printable(text) + "': a name has 1 to " + LONGEST_NAME
                    + " letters, digits, '_', '-' and '.', the first of them no '-' or '.'");
        }
        return text;
    }

    private static void add(Fos fos, Options options, UserLimits limits, List<String> arguments) throws IOException {
        if (arguments.size() < 2) {
            throw options.wrong(arguments.isEmpty() ? "whom to add?" : "no key to come in with");
        }
        String name = name(arguments.getFirst());
        String key = String.join(" ", arguments.subList(1, arguments.size()));
        if (!KeyProtocol.isKey(key)) {
            throw refused(name, KeyError.BAD_KEY);
        }
        boolean made = establish(fos, name, limits);
        if (made) {
            limits.limitDisk(fos, name);
        } else {
            limits.change(fos, name);
        }
        makeHome(fos, name);
        // Last, for it is what opens the door.
        switch (fos.ask(Privileges.FLEET, new KeyProtocol.AddKey(name, key))) {
            case KeyAdded(boolean added) ->
                Text.printLine(
                        fos, name + (made ? ": added" : added ? ": one more key" : ": comes in with that key already"));
            case KeyProtocol.Refused(KeyError error) -> throw refused(name, error);
        }
    }

    /** A directory that is the user's and nobody else's. One that is theirs already stays as they have it. */
    private static void makeHome(Fos fos, String name) throws IOException {
        String home = home(name);
        if (fos.find(home).map(status -> status.kind() != Kind.DIRECTORY).orElse(true)) {
            fos.makeDirectory(home);
        }
        if (!fos.stat(home).attributes().owner().equals(name)) {
            fos.setAttributes(home, true, new NewAttributes(PRIVATE, name, null, null));
        }
    }

    /** Whether there was no such domain before. */
    private static boolean establish(Fos fos, String name, UserLimits limits) throws IOException {
        var request = new PrivilegeProtocol.EstablishDomain(name, firstRights(name, limits));
        return switch (fos.ask(Privileges.FLEET, request)) {
            case PrivilegeProtocol.DomainEstablished established -> true;
            case PrivilegeProtocol.Refused(PrivilegeError error) -> {
                if (error != PrivilegeError.DOMAIN_EXISTS) {
                    throw Privileges.refused(name, error);
                }
                yield false;
            }
        };
    }

    private static void list(Fos fos, Options options, List<String> arguments) throws IOException {
        if (!arguments.isEmpty()) {
            throw options.wrong("'user list' lists all of them");
        }
        List<Domain> users =
                domains(fos).stream().filter(domain -> isUser(domain.name())).toList();
        if (options.has("json")) {
            Text.printLine(fos, UserListing.json(users));
        } else {
            UserListing.table(users).print(fos);
        }
    }

    /** What a domain of a user has made below its own name is none. */
    private static boolean isUser(String domain) {
        return !domain.equals(OPERATOR) && !domain.contains(":");
    }

    private static List<Domain> domains(Fos fos) throws IOException {
        List<Domain> domains = new ArrayList<>();
        boolean more = true;
        while (more) {
            String after = domains.isEmpty() ? "" : domains.getLast().name();
            switch (fos.ask(Privileges.FLEET, new KeyProtocol.ListDomains(after))) {
                case DomainsListed(List<Domain> page, boolean next) -> {
                    domains.addAll(page);
                    more = next && !page.isEmpty();
                }
                case KeyProtocol.Refused(KeyError error) -> throw refused("users", error);
            }
        }
        return domains;
    }

    private static void remove(Fos fos, Options options, List<String> arguments) throws IOException {
        if (arguments.size() != 1) {
            throw options.wrong(arguments.isEmpty() ? "whom to remove?" : "one user at a time");
        }
        String name = name(arguments.getFirst());
        List<String> all = domains(fos).stream()
                .map(Domain::name)
                .filter(domain -> isOf(name, domain))
                .toList();
        if (!all.contains(name)) {
            throw new IOException(name + ": there is no such user; 'user list' lists them");
        }
        // Nobody comes in any more before anything is taken away from those who are in.
        for (String domain : all) {
            if (fos.ask(Privileges.FLEET, new KeyProtocol.RemoveKeys(domain))
                    instanceof KeyProtocol.Refused(KeyError error)) {
                throw refused(domain, error);
            }
        }
        for (String domain : all) {
            if (fos.ask(Privileges.FLEET, new PrivilegeProtocol.RemoveDomain(domain))
                            instanceof PrivilegeProtocol.Refused(PrivilegeError error)
                    && error != PrivilegeError.NO_SUCH_DOMAIN) {
                throw Privileges.refused(domain, error);
            }
        }
        List<NodeId> silent = endAll(fos, name);
        Text.printLine(fos, name + ": removed; " + home(name) + " stays");
        if (!silent.isEmpty()) {
            throw new IOException("what runs in that domain on nodes that do not answer could not be ended, but is"
                    + " allowed nothing there: " + silent);
        }
    }

    /** Nothing new starts in a domain that is allowed nothing, but a start may have been under way. */
    private static List<NodeId> endAll(Fos fos, String name) throws IOException {
        long deadline = fos.nanoTime() + END_PATIENCE_NANOS;
        while (true) {
            PlacementProtocol.ProcessesListed listed = fos.processes();
            List<ProcessId> left = listed.processes().stream()
                    .filter(status -> isOf(name, status.domain()))
                    .map(PlacementProtocol.ProcessStatus::process)
                    .toList();
            if (left.isEmpty()) {
                return listed.silent();
            }
            if (fos.nanoTime() - deadline >= 0) {
                throw new IOException(name + ": all rights are gone, but these have not ended: " + left);
            }
            for (ProcessId process : left) {
                try {
                    fos.kill(process);
                } catch (FosException e) {
                    if (e.error() != PlacementError.NO_SUCH_PROCESS && e.error() != PlacementError.NODE_LOST) {
                        throw e;
                    }
                }
            }
            fos.sleep(LOOK);
        }
    }

    private static boolean isOf(String name, String domain) {
        return domain.equals(name) || domain.startsWith(name + ":");
    }

    private static FosException refused(String what, KeyError error) {
        return new FosException(error, what + ": " + error.sentence());
    }
}
