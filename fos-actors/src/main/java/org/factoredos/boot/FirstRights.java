package org.factoredos.boot;

import java.util.List;
import java.util.stream.Stream;
import org.factoredos.kernel.RightKind;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.privilege.PrivilegeProtocol.EstablishDomain;
import org.factoredos.privilege.Right;
import org.factoredos.server.Reserved;

/**
 * What the domains of the system are allowed as a grid is made: each is established once, by the first boot, and from then on
 * changed like any other. The operator is allowed everything but devices.
 */
final class FirstRights {
    private static final String EVERYTHING = "*";
    private static final String KERNEL = "sys:kernel";
    private static final String NAMES = Reserved.NAME_FRONT.domain();
    private static final String FILES = Reserved.FILE_FRONT.domain();
    private static final String PLACEMENT = Reserved.PLACEMENT.domain();
    private static final String CONSOLE = Reserved.CONSOLE.domain();
    private static final String BLOCK = Reserved.BLOCK.domain();
    private static final String HOST = Reserved.HOST.domain();
    private static final String MEMORY = Reserved.MEMORY.domain();
    private static final String PRIVILEGES = Reserved.PRIVILEGE_FRONT.domain();

    private static final String NETWORK = Reserved.NETWORK.domain();
    private static final String CARD = Reserved.NETWORK_CARD.domain();
    private static final String CLOCK = Reserved.CLOCK.domain();
    private static final String ENTROPY = Reserved.ENTROPY.domain();

    static final List<EstablishDomain> ALL = List.of(
            everything(Init.DOMAIN),
            everything(ProcessSpec.OPERATOR),
            domain(NAMES, send(NAMES, NAMES), send(NAMES, KERNEL), send(NAMES, PRIVILEGES), device(NAMES)),
            domain(
                    FILES,
                    send(FILES, FILES),
                    send(FILES, BLOCK),
                    send(FILES, HOST),
                    send(FILES, PRIVILEGES),
                    send(FILES, KERNEL),
                    send(FILES, PLACEMENT),
                    send(FILES, NAMES),
                    send(FILES, MEMORY),
                    send(FILES, CLOCK),
                    send(FILES, ENTROPY),
                    device(FILES)),
            domain(
                    PLACEMENT,
                    send(PLACEMENT, PLACEMENT),
                    send(PLACEMENT, KERNEL),
                    send(PLACEMENT, PRIVILEGES),
                    send(PLACEMENT, NAMES),
                    send(PLACEMENT, NETWORK),
                    send(PLACEMENT, MEMORY),
                    new Right(PLACEMENT, RightKind.REGISTER, "sys:*")),
            domain(CONSOLE, send(CONSOLE, PLACEMENT), device(CONSOLE), signal(CONSOLE)),
            domain(MEMORY, send(MEMORY, MEMORY), send(MEMORY, KERNEL), send(MEMORY, PRIVILEGES)),
            domain(BLOCK, device(BLOCK)),
            domain(HOST, device(HOST)),
            domain(NETWORK, send(NETWORK, NETWORK), send(NETWORK, CARD), send(NETWORK, KERNEL)),
            domain(CARD, device(CARD)),
            domain(CLOCK, device(CLOCK)),
            domain(ENTROPY, device(ENTROPY)));

    private FirstRights() {}

    private static EstablishDomain everything(String domain) {
        return domain(
                domain,
                Stream.of(
                                RightKind.SEND,
                                RightKind.REGISTER,
                                RightKind.SPAWN,
                                RightKind.LOAD_CODE,
                                RightKind.BECOME,
                                RightKind.SIGNAL,
                                RightKind.MOUNT,
                                RightKind.TILES,
                                RightKind.GRANT,
                                RightKind.MEMORY)
                        .map(kind -> new Right(domain, kind, EVERYTHING))
                        .toArray(Right[]::new));
    }

    private static EstablishDomain domain(String domain, Right... rights) {
        return new EstablishDomain(domain, List.of(rights));
    }

    private static Right send(String domain, String target) {
        return new Right(domain, RightKind.SEND, target);
    }

    /** Ctrl-C is meant for whatever runs in the foreground of a terminal, in whose domain that may act. */
    private static Right signal(String domain) {
        return new Right(domain, RightKind.SIGNAL, EVERYTHING);
    }

    /** The journal that its owners flush, the routers that choose members, or what the driver drives. */
    private static Right device(String domain) {
        return new Right(domain, RightKind.DEVICE, domain);
    }
}
