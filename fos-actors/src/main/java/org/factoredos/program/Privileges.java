package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.RightKind;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RightsListed;
import org.factoredos.privilege.Right;

/** {@code privileges}, {@code grant} and {@code revoke}: what domains are allowed (§3.1.2). */
final class Privileges {
    static final Command PRIVILEGES = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "privileges",
                    "[DOMAIN] [--static]",
                    "lists what domains are allowed (* in DOMAIN stands for any text; --static: what is compiled in)",
                    "privileges operator"),
            Privileges::list);

    static final Command GRANT = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "grant",
                    "DOMAIN KIND TARGET",
                    "allows a domain something (KIND: " + kinds() + ")",
                    "grant alice send bob:inbox"),
            Privileges::grant);

    static final Command REVOKE = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "revoke",
                    "[-v] DOMAIN KIND TARGET",
                    "takes a right away; returns when no tile can use it (-v: tells how long that took)",
                    "revoke alice send bob:inbox"),
            Privileges::revoke);

    static final Name FLEET = new Name("sys:privileges");

    private Privileges() {}

    private static String kinds() {
        return Arrays.stream(RightKind.values())
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(" "));
    }

    private static int list(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(PRIVILEGES.usage(), "", Set.of("static"), arguments);
        List<String> patterns = options.operands(0, 1);
        String pattern = patterns.isEmpty() ? "*" : patterns.getFirst();
        List<Right> rights = options.has("static") ? fixed(fos, pattern) : rights(fos, pattern);
        if (rights.isEmpty()) {
            throw new IOException(pattern + ": no such domain, or it is allowed nothing");
        }
        Table table = new Table("DOMAIN", "KIND", "TARGET");
        for (Right right : rights) {
            table.add(right.domain(), right.kind().toString(), right.target());
        }
        table.print(fos);
        return 0;
    }

    private static List<Right> fixed(Fos fos, String pattern) throws IOException {
        return listed(pattern, fos.ask(FLEET, new PrivilegeProtocol.ListStaticRights())).rights().stream()
                .filter(right -> Right.covers(pattern, right.domain()))
                .toList();
    }

    static List<Right> rights(Fos fos, String pattern) throws IOException {
        List<Right> rights = new ArrayList<>();
        boolean more = true;
        while (more) {
            Right after = rights.isEmpty() ? PrivilegeProtocol.FROM_THE_FIRST : rights.getLast();
            RightsListed page = listed(
                    pattern,
                    fos.ask(FLEET, new PrivilegeProtocol.ListRights(pattern, after, PrivilegeProtocol.MOST_LISTED)));
            rights.addAll(page.rights());
            more = page.more() && !page.rights().isEmpty();
        }
        return rights;
    }

    private static RightsListed listed(String what, PrivilegeProtocol.ListReply reply) throws FosException {
        return switch (reply) {
            case RightsListed listed -> listed;
            case Refused(PrivilegeError error) -> throw refused(what, error);
        };
    }

    private static int grant(Fos fos, List<String> arguments) throws IOException {
        Right right = right(Options.of(GRANT.usage(), "", arguments));
        done(right, fos.ask(FLEET, new PrivilegeProtocol.GrantRight(right)));
        return 0;
    }

    private static int revoke(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(REVOKE.usage(), "v", arguments);
        Right right = right(options);
        long begun = fos.nanoTime();
        done(right, fos.ask(FLEET, new PrivilegeProtocol.RevokeRight(right)));
        if (options.has('v')) {
            double millis = (fos.nanoTime() - begun) / 1e6;
            Text.printLine(fos, String.format(Locale.ROOT, "%s: no tile can use it, after %.1f ms", right, millis));
        }
        return 0;
    }

    private static Right right(Options options) {
        List<String> operands = options.operands(3, 3);
        for (RightKind kind : RightKind.values()) {
            if (kind.name().equalsIgnoreCase(operands.get(1).replace('-', '_'))) {
                String target = operands.get(2);
                if (kind == RightKind.MEMORY && !Right.isQuota(target) && !target.equals("*")) {
                    throw options.wrong("'" + target + "' is no number of frames, nor *");
                }
                return new Right(operands.get(0), kind, operands.get(2));
            }
        }
        throw options.wrong("'" + operands.get(1) + "' is no kind of right, such as " + kinds());
    }

    /** Fails where it was refused. */
    static void done(Right right, PrivilegeProtocol.Reply reply) throws FosException {
        if (reply instanceof Refused(PrivilegeError error)) {
            throw refused(right.toString(), error);
        }
    }

    static FosException refused(String what, PrivilegeError error) {
        return new FosException(error, what + ": " + error.sentence());
    }
}
