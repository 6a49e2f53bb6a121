package org.factoredos.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.config.keys.AuthorizedKeysAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the keys that people come with, and says who they are.
 *
 * <p>Whoever comes under the name of a domain, with one of its keys, comes in as that domain; whoever has one of the
 * operator's keys, and comes under a name that no domain with keys has, as the operator. Nobody learns which names there are:
 * the same is done for all of them. The privilege fleet is asked once a connection.
 */
final class Doorkeeper implements PublickeyAuthenticator {
    private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);
    private static final long PATIENCE_SECONDS = 6;
    /** The names that a person's domain may have; others are asked about at no fleet. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

    private static final AttributeKey<Known> KNOWN = new AttributeKey<>();

    /** What this connection was told of a name. */
    private record Known(String name, List<String> keys) {}

    private final PublickeyAuthenticator operators;
    private final Function<String, CompletableFuture<List<String>>> keysOf;

    /**
     * @param operators the operator's keys, as OpenSSH writes public ones, a line each; read anew whenever it changes
     * @param keysOf asks who may come in as a domain
     */
    Doorkeeper(Path operators, Function<String, CompletableFuture<List<String>>> keysOf) {
        this.operators = new AuthorizedKeysAuthenticator(operators);
        this.keysOf = keysOf;
    }

    /** Called for each key that a client offers, and again with its signature: the last one called is who comes in. */
    @Override
    public boolean authenticate(String name, PublicKey key, ServerSession session) {
        Guest.leave(session);
        boolean operator = operators.authenticate(name, key, session);
        List<String> keys = keysOf(name, session);
        if (has(keys, key)) {
            new Guest(name).enter(session);
            return true;
        }
        if (operator && keys.isEmpty()) {
            Guest.OPERATOR.enter(session);
            return true;
        }
        LOG.info(
                "nobody comes in as '{}' with the key {} from {}",
                printable(name),
                KeyUtils.getFingerPrint(key),
                session.getClientAddress());
        return false;
    }

    private List<String> keysOf(String name, ServerSession session) {
        if (name.equals(Guest.OPERATOR.domain()) || !NAME.matcher(name).matches()) {
            return List.of();
        }
        Known known = session.getAttribute(KNOWN);
        if (known == null || !known.name().equals(name)) {
            known = new Known(name, ask(name));
            session.setAttribute(KNOWN, known);
        }
        return known.keys();
    }

    private List<String> ask(String name) {
        try {
            return keysOf.apply(name).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("users cannot come in: the privilege fleet does not say who they are ({})", e.getMessage());
        }
        return List.of();
    }

    private static boolean has(List<String> keys, PublicKey key) {
        boolean found = false;
        for (String line : keys) {
            found |= is(line, key); // All of them, so that it takes as long for each.
        }
        return found;
    }

    private static boolean is(String line, PublicKey key) {
        try {
            AuthorizedKeyEntry entry = AuthorizedKeyEntry.parseAuthorizedKeyEntry(line);
            return entry != null
                    && KeyUtils.compareKeys(entry.resolvePublicKey(null, PublicKeyEntryResolver.IGNORING), key);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return false; // A kind of key that this system does not know.
        }
    }

    private static String printable(String name) {
        String plain = name.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= 64 ? plain : plain.substring(0, 64) + "...";
    }
}
