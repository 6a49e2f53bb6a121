package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.factoredos.fleet.KeptServer;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Signal;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.UsageException;
import org.factoredos.load.FleetServer;
import org.factoredos.naming.NameError;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.server.ElasticProtocol;

/** {@code fleet}: fleets of servers that users bring (§3.2), each behind one name, and kept by its own servers. */
final class OwnFleets {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "fleet",
                    "deploy [-n SERVERS] [-m MOST] [--name NAME] JAR [ARGUMENT...] | list [--json] | remove NAME",
                    "starts a fleet of servers behind one name, that of the jar unless told (-n: how many there always are, 3 unless"
                            + " told; -m: how many there may be under load), lists such fleets, or ends one",
                    "fleet deploy -n 3 /home/kv.jar; mcall kv put colour blue"),
            OwnFleets::run);

    private static final String SERVERS_UNLESS_TOLD = "3";
    private static final int MOST_SERVERS = 9999;
    private static final String NUMBER = "[1-9]\\d{0,3}";
    private static final Set<String> WITH_VALUE = Set.of("-n", "-m", "--name");
    private static final String SUFFIX = ".jar";

    private static final Duration REST = Duration.ofMillis(100);
    /** For all of them to start, or to end. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Longer than a server needs to drain. */
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private OwnFleets() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options all =
                Options.of(COMMAND.usage(), "", arguments.stream().limit(1).toList());
        List<String> rest = arguments.stream().skip(1).toList();
        String what = all.operands(1, 1).getFirst();
        return switch (what) {
            case "deploy" -> deploy(fos, rest);
            case "list" -> list(fos, rest);
            case "remove" -> remove(fos, rest);
            default -> throw all.wrong("'" + what + "' is nothing that can be done with a fleet");
        };
    }

    // Deploying

    private static int deploy(Fos fos, List<String> arguments) throws IOException {
        int own = 0; // What stands behind the jar is the servers'.
        while (own < arguments.size() && arguments.get(own).startsWith("-")) {
            own += WITH_VALUE.contains(arguments.get(own)) ? 2 : 1;
        }
        Options options = Options.of(
                COMMAND.usage(), "n:m:", Set.of("name:"), arguments.subList(0, Math.min(own, arguments.size())));
        options.operands(0, 0);
        if (own >= arguments.size()) {
            throw options.wrong("no jar");
        }
        String jar = fos.absolute(arguments.get(own));
        int least = number(options, 'n', SERVERS_UNLESS_TOLD);
        int most = number(options, 'm', Integer.toString(least));
        if (most < least) {
            throw options.wrong("-m is less than -n: there would be " + least + " servers, and at most " + most);
        }
        String name = options.value("name").orElseGet(() -> nameOf(jar));
        if (!members(fos, name).isEmpty() || !servers(fos.processes(), name).isEmpty()) {
            Text.complain(fos, name + ": there is one of that name; 'fleet remove " + name + "' ends a fleet");
            return 1;
        }
        return start(fos, jar, name, new KeptServer.Bounds(least, most), arguments.subList(own + 1, arguments.size()));
    }

    private static int number(Options options, char option, String unlessTold) throws UsageException {
        String text = options.value(option).orElse(unlessTold);
        if (!text.matches(NUMBER)) {
            throw options.wrong("'" + text + "' is no number of servers from 1 to " + MOST_SERVERS);
        }
        return Integer.parseInt(text);
    }

    private static String nameOf(String jar) {
        String file = jar.substring(jar.lastIndexOf('/') + 1);
        return file.endsWith(SUFFIX) ? file.substring(0, file.length() - SUFFIX.length()) : file;
    }

    /** Starts one, which starts the others. */
    private static int start(Fos fos, String jar, String name, KeptServer.Bounds bounds, List<String> arguments)
            throws IOException {
        Fos.Child first = fos.spawn(FleetServer.spec(fos, jar, name, bounds, arguments, fos.stream(2)));
        long until = fos.nanoTime() + PATIENCE.toNanos();
        List<Address> there = members(fos, name);
        while (there.size() < bounds.least() && fos.nanoTime() < until) {
            Optional<Integer> status = there.isEmpty() ? fos.waitFor(first.process(), REST) : Optional.empty();
            if (status.isPresent()) {
                return Math.max(1, status.get()); // It has said why.
            }
            fos.sleep(REST);
            there = members(fos, name);
        }
        Text.printLine(fos, name + ": " + there.size() + (there.size() == 1 ? " server" : " servers"));
        if (there.size() < bounds.least()) {
            Text.complain(
                    fos,
                    name + ": there are to be " + bounds.least()
                            + "; it goes on trying, 'fleet list' says how it goes");
            return 1;
        }
        return 0;
    }

    /** Where its servers take requests. */
    private static List<Address> members(Fos fos, String name) throws IOException {
        try {
            return fos.resolve(name).mailboxes();
        } catch (FosException e) {
            if (e.error() == NameError.NO_SUCH_NAME) {
                return List.of();
            }
            throw e;
        }
    }

    // Listing

    private static int list(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", Set.of("json"), arguments);
        options.operands(0, 0);
        ProcessesListed listed = fos.processes();
        SortedMap<String, List<ProcessStatus>> fleets = listed.processes().stream()
                .filter(OwnFleets::isServer)
                .collect(Collectors.groupingBy(OwnFleets::fleet, TreeMap::new, Collectors.toList()));
        if (options.has("json")) {
            Text.printLine(
                    fos,
                    fleets.entrySet().stream()
                            .map(fleet -> json(fleet.getKey(), fleet.getValue()))
                            .collect(Collectors.joining(",", "{\"fleets\":[", "]}")));
        } else {
            Table table = new Table("FLEET", "DOMAIN", "SERVERS", "LEAST", "MOST", "JAR", "TILES");
            fleets.forEach((name, servers) -> {
                ProcessStatus one = servers.getFirst();
                table.add(
                        name,
                        one.domain(),
                        Integer.toString(servers.size()),
                        one.arguments().get(2),
                        one.arguments().get(3),
                        one.program(),
                        servers.stream()
                                .map(server -> server.tile().toString())
                                .sorted()
                                .collect(Collectors.joining(" ")));
            });
            table.print(fos);
        }
        return Processes.tellSilent(fos, listed.silent());
    }

    private static String json(String name, List<ProcessStatus> servers) {
        ProcessStatus one = servers.getFirst();
        String tiles = servers.stream()
                .map(server -> "\"" + server.tile() + "\"")
                .sorted()
                .collect(Collectors.joining(",", "[", "]"));
        return "{\"name\":\"" + name + "\",\"domain\":\"" + one.domain() + "\",\"servers\":" + servers.size()
                + ",\"least\":" + one.arguments().get(2) + ",\"most\":"
                + one.arguments().get(3) + ",\"jar\":\""
                + one.program() + "\",\"tiles\":" + tiles + "}";
    }

    private static boolean isServer(ProcessStatus process) {
        return process.program().startsWith("/")
                && process.arguments().size() > 3
                && process.arguments().getFirst().equals(FleetServer.WORD);
    }

    private static String fleet(ProcessStatus server) {
        return server.arguments().get(1);
    }

    private static List<ProcessStatus> servers(ProcessesListed listed, String name) {
        return listed.processes().stream()
                .filter(process -> isServer(process) && fleet(process).equals(name))
                .toList();
    }

    // Ending

    /** Each is told to leave, which ends its keeping too; one that was started meanwhile is told next. */
    private static int remove(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", arguments);
        String name = options.operands(1, 1).getFirst();
        long begun = fos.nanoTime();
        ProcessesListed listed = fos.processes();
        List<ProcessStatus> servers = servers(listed, name);
        if (servers.isEmpty() && listed.silent().isEmpty()) {
            Text.complain(fos, name + ": there is no fleet of that name; 'fleet list' lists those that there are");
            return 1;
        }
        while (!(servers.isEmpty() && listed.silent().isEmpty()) && fos.nanoTime() - begun < PATIENCE.toNanos()) {
            for (Address server : members(fos, name)) {
                retire(fos, name, server);
            }
            if (fos.nanoTime() - begun > DRAIN.toNanos()) {
                for (ProcessStatus server : servers) {
                    fos.signal(server.process(), Signal.KILL);
                }
            }
            fos.sleep(REST);
            listed = fos.processes();
            servers = servers(listed, name);
        }
        if (!servers.isEmpty()) {
            Text.complain(fos, name + ": " + servers.size() + " of its servers have not ended; try again");
        }
        // What serves on a silent node keeps the fleet, and has to be told later.
        int silent = Processes.tellSilent(fos, listed.silent());
        return servers.isEmpty() ? silent : 1;
    }

    private static void retire(Fos fos, String name, Address server) throws IOException {
        try {
            fos.call(server, new ElasticProtocol.Retire());
            fos.deleteName(name, server);
        } catch (FosException e) {
            // It has ended, or left the name; else it is told again.
        }
    }
}
