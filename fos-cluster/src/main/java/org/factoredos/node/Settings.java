package org.factoredos.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.factoredos.file.FileOwner;
import org.factoredos.kernel.Paging;
import org.factoredos.memory.MemoryServer;
import org.factoredos.server.Reserved;

/**
 * What a person may set for one node ({@code fos.*} in {@code reference.conf}, where each key is explained), read once.
 *
 * @param akka how Akka is to run, but for what follows from these settings
 */
public record Settings(
        Path data,
        String host,
        int port,
        int httpPort,
        int sshPort,
        Optional<Path> sshKeys,
        List<Contact> nodes,
        int width,
        int height,
        int nodeHop,
        FileOwner.Settings files,
        MemoryServer.Settings memory,
        String networkHost,
        int mostServers,
        Journal journal,
        String logLevel,
        Config akka) {
    private static final Pattern TILES = Pattern.compile("([1-9]\\d{0,2})x([1-9]\\d{0,2})");
    private static final Pattern CONTACT = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\s:,]+):([1-9]\\d{0,4})");
    private static final long MOST_MEMORY = 64L << 30;
    private static final int MOST_PORT = 65_535;
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Set<String> LOG_LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG");

    /** {@code fos.journal}; {@code url} is empty for an H2 file in the data folder. */
    public record Journal(String url, String user, String password, int connections, Duration patience) {}

    /** Where a node of the grid tells of itself over HTTP. */
    public record Contact(String host, int port) {}

    /** A setting has a value that it cannot have; the message names the key, the value, and what is allowed. */
    public static final class Wrong extends RuntimeException {
        Wrong(String key, Object value, String allowed) {
            super("the setting " + key + " is \"" + value + "\", but must be " + allowed);
        }
    }

    /** The settings of the class path's files, the environment and the system properties. */
    public static Settings load() {
        return of(ConfigFactory.empty());
    }

    /** The same, under what {@code chosen} sets. */
    public static Settings of(Config chosen) {
        Config config = ConfigFactory.defaultOverrides()
                .withFallback(chosen)
                .withFallback(ConfigFactory.defaultApplication())
                .withFallback(ConfigFactory.parseResources(Settings.class, "akka.conf"))
                .withFallback(ConfigFactory.defaultReferenceUnresolved())
                .resolve();
        Config fos = config.getConfig("fos");
        var tiles = TILES.matcher(fos.getString("grid.tiles"));
        if (!tiles.matches()) {
            throw new Wrong("fos.grid.tiles", fos.getString("grid.tiles"), "COLUMNSxROWS, such as 8x8");
        }
        int width = Integer.parseInt(tiles.group(1));
        int height = Integer.parseInt(tiles.group(2));
        if (width * height <= Reserved.COUNT) {
            throw new Wrong("fos.grid.tiles", tiles.group(), "more than " + Reserved.COUNT + " tiles, such as 8x8");
        }
        Config journal = fos.getConfig("journal");
        return new Settings(
                path(fos),
                fos.getString("node.host"),
                number(fos, "node.port", 0, MOST_PORT),
                number(fos, "node.http-port", 1, MOST_PORT),
                number(fos, "node.ssh-port", 1, MOST_PORT),
                Optional.of(fos.getString("node.ssh-keys"))
                        .filter(keys -> !keys.isBlank())
                        .map(Path::of),
                contacts(fos),
                width,
                height,
                number(fos, "grid.node-hop", 0, 1_000_000),
                new FileOwner.Settings(
                        number(fos, "fleet.file.replicas", 1, 100),
                        duration(fos, "fleet.file.repair-delay").toNanos(),
                        duration(fos, "fleet.file.scrub-interval").toNanos()),
                new MemoryServer.Settings(
                        frames(fos, "fleet.memory.arena-size", 1 << 20),
                        frames(fos, "fleet.memory.low-water", 0),
                        frames(fos, "fleet.memory.borrow-size", Paging.FRAME_BYTES)),
                fos.getString("network.host"),
                number(fos, "fleet.most-servers", 1, 1000),
                new Journal(
                        journal.getString("url"),
                        journal.getString("user"),
                        journal.getString("password"),
                        number(fos, "journal.connections", 1, 1000),
                        duration(fos, "journal.patience")),
                logLevel(fos),
                config);
    }

    private static List<Contact> contacts(Config fos) {
        List<Contact> contacts = new ArrayList<>();
        String listed = fos.getString("grid.nodes");
        for (String text : listed.split(",", -1)) {
            var contact = CONTACT.matcher(text.strip());
            if (contact.matches() && Integer.parseInt(contact.group(2)) <= MOST_PORT) {
                contacts.add(new Contact(contact.group(1), Integer.parseInt(contact.group(2))));
            } else if (!listed.isBlank()) {
                throw new Wrong(
                        "fos.grid.nodes",
                        listed,
                        "a list of HOST:PORT, such as 10.0.0.1:8080,10.0.0.2:8080,10.0.0.3:8080, or empty");
            }
        }
        return List.copyOf(contacts);
    }

    private static Path path(Config fos) {
        String text = fos.getString("data");
        // Not the password file's home, which is what user.home says.
        String home = System.getenv().getOrDefault("HOME", System.getProperty("user.home", "."));
        try {
            return Path.of(text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text);
        } catch (InvalidPathException e) {
            throw new Wrong("fos.data", text, "a path");
        }
    }

    private static int number(Config fos, String key, int least, int most) {
        BiFunction<String, Object, Wrong> wrong =
                (of, value) -> new Wrong(of, value, "a whole number from " + least + " to " + most);
        int value;
        try {
            value = fos.getInt(key);
        } catch (ConfigException e) {
            throw wrong.apply("fos." + key, fos.getValue(key).unwrapped());
        }
        if (value < least || value > most) {
            throw wrong.apply("fos." + key, value);
        }
        return value;
    }

    private static int frames(Config fos, String key, long least) {
        try {
            long bytes = fos.getBytes(key);
            if (bytes >= least && bytes <= MOST_MEMORY) {
                return (int) (bytes / Paging.FRAME_BYTES);
            }
        } catch (ConfigException e) {
            // Said below.
        }
        throw new Wrong(
                "fos." + key,
                fos.getValue(key).unwrapped(),
                "a size from " + (least >> 10) + " KiB to " + (MOST_MEMORY >> 30) + " GiB, such as 64 MiB");
    }

    private static Duration duration(Config fos, String key) {
        try {
            Duration duration = fos.getDuration(key);
            if (!duration.isNegative() && duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        } catch (ConfigException e) {
            // Said below.
        }
        throw new Wrong("fos." + key, fos.getValue(key).unwrapped(), "a time up to a day, such as 30 s");
    }

    private static String logLevel(Config fos) {
        String level = fos.getString("log-level");
        if (!LOG_LEVELS.contains(level)) {
            throw new Wrong("fos.log-level", level, "ERROR, WARN, INFO or DEBUG");
        }
        return level;
    }
}
