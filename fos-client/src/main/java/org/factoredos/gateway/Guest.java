package org.factoredos.gateway;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.server.session.ServerSession;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/**
 * Who has come in: the operator, or a user.
 *
 * @param domain the protection domain (§3.1.2) that their sessions run in
 */
record Guest(String domain) {
    static final Guest OPERATOR = new Guest(ProcessSpec.OPERATOR);

    private static final AttributeKey<Guest> ATTRIBUTE = new AttributeKey<>();

    boolean isOperator() {
        return equals(OPERATOR);
    }

    /** The operator's is that of all. */
    String home() {
        return isOperator() ? "/home" : "/home/" + domain;
    }

    /** Where what they type at a terminal is kept, each for themselves. */
    Path history(Path ofOperator) {
        return isOperator() ? ofOperator : ofOperator.resolveSibling(ofOperator.getFileName() + "-" + domain);
    }

    ProcessSpec shell(String program, List<String> arguments, Stream terminal) {
        return spec(program, arguments, isOperator() ? "/" : home(), terminal);
    }

    /** A program that has no standard streams. */
    ProcessSpec quiet(String program, List<String> arguments) {
        return spec(program, arguments, home(), new Stream.Nothing());
    }

    private ProcessSpec spec(String program, List<String> arguments, String directory, Stream stream) {
        TreeMap<String, String> environment = new TreeMap<>(Map.of("HOME", home()));
        return new ProcessSpec(
                program, arguments, directory, environment, stream, stream, stream, ProcessSpec.Tracing.NONE, domain);
    }

    void enter(ServerSession session) {
        session.setAttribute(ATTRIBUTE, this);
    }

    static void leave(ServerSession session) {
        session.removeAttribute(ATTRIBUTE);
    }

    static Guest of(ServerSession session) {
        Guest guest = session.getAttribute(ATTRIBUTE);
        if (guest == null) {
            throw new IllegalStateException("nobody comes in without having been looked at");
        }
        return guest;
    }
}
