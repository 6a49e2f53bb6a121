package org.factoredos.privilege;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.factoredos.privilege.DomainKeys.Decision;
import org.factoredos.privilege.KeyProtocol.KeyAdded;
import org.factoredos.privilege.KeyProtocol.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DomainKeysTest {
    private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==";

    private final DomainKeys keys = new DomainKeys();

    private KeyProtocol.Reply add(String domain, String key) {
        Decision<KeyProtocol.AddReply> decision = keys.add(domain, key, true);
        if (decision.event() != null) {
            keys.apply(decision.event());
        }
        return decision.reply();
    }

    @Test
    void aKeyIsTheSameWhoeverItIsSaidToBelongTo() {
        assertThat(add("alice", KEY + " alice@home")).isEqualTo(new KeyAdded(true));
        assertThat(add("alice", KEY + " alice@work")).isEqualTo(new KeyAdded(false));

        assertThat(keys.of("alice")).containsExactly(KEY + " alice@home");
        assertThat(keys.of("bob")).isEmpty();
    }

    @Test
    void aDomainThatWasNotEstablishedHasNoKeys() {
        assertThat(keys.add("alice", KEY, false)).isEqualTo(new Decision<>(new Refused(KeyError.NO_SUCH_DOMAIN), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ssh-ed25519",
                "-----BEGIN OPENSSH PRIVATE KEY-----",
                "ssh-ed25519 AAAA\nssh-ed25519 BBBB",
                "ssh-ed25519 AAAA alice\nssh-ed25519 BBBB",
                "command=\"ls\" ssh-ed25519 AAAA"
            })
    void whatIsNoKeyIsRefused(String text) {
        assertThat(add("alice", text)).isEqualTo(new Refused(KeyError.BAD_KEY));
    }

    @Test
    void aDomainHasABoundedNumberOfKeysOfBoundedLength() {
        for (int i = 0; i < KeyProtocol.MOST_KEYS; i++) {
            assertThat(add("alice", "ssh-rsa AAAA" + i)).isEqualTo(new KeyAdded(true));
        }

        assertThat(add("alice", "ssh-rsa AAAA")).isEqualTo(new Refused(KeyError.TOO_MANY_KEYS));
        assertThat(add("bob", "ssh-rsa " + "A".repeat(KeyProtocol.LONGEST_KEY)))
                .isEqualTo(new Refused(KeyError.BAD_KEY));
    }

    @Test
    void removedKeysAreGoneAndASnapshotHasTheOthers() {
        add("alice", KEY);
        add("bob", KEY);
        DomainKeys.KeysChanged removed = keys.remove("alice").event();
        keys.apply(removed == null ? fail("nothing was removed") : removed);

        DomainKeys successor = new DomainKeys();
        successor.restore(keys.kept());

        assertThat(successor.of("alice")).isEmpty();
        assertThat(successor.of("bob")).containsExactly(KEY);
        assertThat(successor.remove("alice").event()).isNull();
    }
}
