package org.factoredos.program;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The programs that come with the system, by name. */
public final class Programs {
    private static final SortedMap<String, Command> ALL = byName(
            Become.SU,
            Become.WHOAMI,
            Boots.COMMAND,
            Cat.COMMAND,
            Clocks.DATE,
            Clocks.UPTIME,
            Chmod.CHMOD,
            Chmod.CHOWN,
            Condition.BRACKET,
            Condition.TEST,
            Cp.COMMAND,
            Denials.COMMAND,
            Directories.MKDIR,
            Directories.RMDIR,
            Echo.COMMAND,
            Echo.FALSE,
            Echo.TRUE,
            Ends.HEAD,
            Ends.TAIL,
            Edit.COMMAND,
            Env.COMMAND,
            Find.COMMAND,
            Files.STAT,
            Files.SYNC,
            Flock.COMMAND,
            Grep.COMMAND,
            Hexdump.COMMAND,
            Httpd.COMMAND,
            Links.LN,
            Links.READLINK,
            Ls.COMMAND,
            Mem.COMMAND,
            MemHog.COMMAND,
            Messages.MCALL,
            Messages.MSEND,
            Mv.COMMAND,
            Names.CLAIM,
            Names.DELNAME,
            Names.NAMES,
            Names.POLICY,
            Names.REGISTER,
            Names.RESOLVE,
            Nets.FETCH,
            Nc.COMMAND,
            Nets.NETSTAT,
            Ping.COMMAND,
            Pong.COMMAND,
            Printf.COMMAND,
            Privileges.GRANT,
            Privileges.PRIVILEGES,
            Privileges.REVOKE,
            Processes.KILL,
            Processes.MIGRATE,
            Processes.PGREP,
            Processes.PS,
            Rm.COMMAND,
            Scrubs.COMMAND,
            Sleep.COMMAND,
            Sleep.SEQ,
            Sort.COMMAND,
            Spawn.COMMAND,
            Sum.COMMAND,
            Tee.COMMAND,
            Fleets.COMMAND,
            OwnFleets.COMMAND,
            Tiles.TILES,
            Time.COMMAND,
            Top.COMMAND,
            Touch.COMMAND,
            Uniq.COMMAND,
            Users.COMMAND,
            Volumes.DF,
            Volumes.DU,
            Volumes.MKVOL,
            Volumes.QUOTA,
            Wc.COMMAND);

    private Programs() {}

    public static SortedMap<String, Command> all() {
        return ALL;
    }

    public static Optional<Command> find(String name) {
        return Optional.ofNullable(ALL.get(name));
    }

    private static SortedMap<String, Command> byName(Command... commands) {
        SortedMap<String, Command> byName = new TreeMap<>();
        for (Command command : commands) {
            if (byName.put(command.usage().name(), command) != null) {
                throw new IllegalStateException(
                        "two programs are called " + command.usage().name());
            }
        }
        return Collections.unmodifiableSortedMap(byName);
    }
}
