package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.EnumSet;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;
import org.factoredos.file.FileError;
import org.factoredos.placement.PlacementError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user in a whole node, from their first key to their end. */
class UsersTest {
    @TempDir
    Path folder;

    private OpenNode node;
    private KeyPair key;

    /** What a command came to: its status, and its two streams in one. */
    private record Said(int status, String text) {}

    @BeforeEach
    void open() throws Exception {
        node = new OpenNode(folder);
        key = KeyPairGenerator.getInstance("EC").generateKeyPair();
        assertThat(operator("user add alice '" + PublicKeyEntry.toString(key.getPublic()) + " alice@home'"))
                .isEqualTo(new Said(0, "alice: added\n"));
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    private Said operator(String commands) throws IOException {
        try (ClientSession session = node.session()) {
            return run(session, commands);
        }
    }

    private Said alice(String commands) throws IOException {
        try (ClientSession session = node.session("alice", key)) {
            return run(session, commands);
        }
    }

    private static Said run(ClientSession session, String commands) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (ChannelExec channel = session.createExecChannel(commands)) {
            channel.setOut(text);
            channel.setErr(text);
            channel.open().verify(OpenNode.PATIENCE);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), OpenNode.PATIENCE);
            return new Said(channel.getExitStatus(), text.toString(StandardCharsets.UTF_8));
        }
    }

    @Test
    @Tag("P3")
    void aUserHasNoMoreThanTheirLimits() throws Exception {
        String again = " alice '" + PublicKeyEntry.toString(key.getPublic()) + "'";
        assertThat(operator("user add --tiles=3 --disk=1M" + again).status()).isZero();

        assertThat(alice("head -c 900000 /dev/zero > x; echo $?").text()).isEqualTo("0\n");
        assertThat(alice("head -c 900000 /dev/zero > y").text()).contains(FileError.EDQUOT.sentence());
        assertThat(alice("true | true; echo $?").text()).isEqualTo("0\n");
        assertThat(alice("sleep 9 | sleep 9 | sleep 9").text()).contains(PlacementError.QUOTA_REACHED.sentence());

        assertThat(operator("user add --tiles=none --disk=none" + again).status())
                .isZero();
        assertThat(alice("head -c 900000 /dev/zero > y; sleep 0.1 | sleep 0.1 | sleep 0.1; echo $?")
                        .text())
                .isEqualTo("0\n");
    }

    @Test
    @Tag("P1")
    @Tag("P3")
    @Tag("P5")
    void aUserIsAllowedWhatTheyWereGrantedAndNoLongerThanThat() throws Exception {
        assertThat(alice("whoami; pwd; echo $HOME").text()).isEqualTo("alice\n/home/alice\n/home/alice\n");

        Said denied = alice("ping -c 1 sys:block");
        assertThat(denied.status()).isEqualTo(1);
        assertThat(denied.text()).startsWith("ping: sys:block: ");
        assertThat(operator("dmesg").text().lines().filter(line -> line.contains(" alice ")))
                .singleElement()
                .asString()
                .matches("\\S+Z +alice +1\\.1\\.\\d+ +n1:\\d,\\d +SEND sys:block");

        assertThat(operator("grant alice send sys:block").status()).isZero();
        assertThat(alice("ping -c 1 sys:block").status()).isZero();

        assertThat(operator("revoke alice send sys:block")).isEqualTo(new Said(0, ""));
        assertThat(alice("ping -c 1 sys:block").status()).isEqualTo(1);
    }

    @Test
    @Tag("P3")
    void aUserNeitherBecomesTheOperatorNorGrantsThemselvesWhatTheyLack() throws Exception {
        assertThat(alice("su operator -c whoami").status()).isEqualTo(1);
        assertThat(alice("grant alice become operator").status()).isEqualTo(1);
        assertThat(alice("user add mallory ssh-ed25519 AAAA").status()).isEqualTo(1);
        assertThat(alice("user add alice ssh-ed25519 AAAA").text()).contains("it needs GRANT for its target");
        assertThat(alice("privileges operator").status()).isZero();

        assertThat(operator("su nobody -c whoami"))
                .isEqualTo(new Said(1, "su: nobody: no such domain, or it is allowed nothing: 'user add' makes one\n"));
        assertThat(operator("su alice -c 'whoami; pwd'")).isEqualTo(new Said(0, "alice\n/\n"));
        assertThat(alice("spawn sleep 1000").status()).isZero();
        assertThat(operator("ps").text().lines().filter(line -> line.matches(".* alice +sleep .*")))
                .hasSize(1);
    }

    @Test
    @Tag("P3")
    void aUserSignalsTheirOwnProcessesAndNobodyElses() throws Exception {
        String theirs = operator("spawn sleep 1000").text().strip();
        String own = alice("spawn sleep 1000").text().strip();

        assertThat(alice("kill " + theirs).text()).startsWith("kill: " + theirs + ": it acts in another domain");
        assertThat(alice("migrate " + theirs + " n1:7,7").status()).isEqualTo(1);
        assertThat(alice("kill " + own)).isEqualTo(new Said(0, ""));
        assertThat(operator("kill -KILL " + theirs)).isEqualTo(new Said(0, ""));
    }

    @Test
    void filesAreSentAndFetchedInTheUsersDomainAndHome() throws Exception {
        try (ClientSession session = node.session("alice", key);
                SftpClient files = SftpClientFactory.instance().createSftpClient(session)) {
            assertThat(files.canonicalPath(".")).isEqualTo("/home/alice");
            assertThat(operator("ps").text().lines().filter(line -> line.matches(".* alice +sftp .*")))
                    .hasSize(1);
        }
    }

    @Test
    @Tag("O5")
    void aUsersFilesAreTheirsAlone() throws Exception {
        assertThat(alice("echo secret > report; chmod 666 report; ls -l; ls -l /home")
                        .text())
                .contains("-rw-rw-rw- 1 alice")
                .contains("drwx------ 1 alice");
        operator("user add bob " + PublicKeyEntry.toString(key.getPublic()));
        String denied = "this domain may not do that";
        assertThat(operator("su bob -c 'cat /home/alice/report'").text()).contains(denied);
        assertThat(operator("su bob -c 'ls /home/alice'").text()).contains(denied);
        assertThat(operator("su bob -c 'mkdir /home/mine'").text()).contains(denied);
        assertThat(operator("cat /home/alice/report").text()).isEqualTo("secret\n");
        alice("echo text > /tmp/hers");
        assertThat(operator("su bob -c 'rm /tmp/hers'").text()).contains("only its owner or the operator may do that");
        assertThat(operator("su bob -c 'cat /tmp/hers; chmod 777 /tmp/hers'").text())
                .startsWith("text\n")
                .contains("only its owner or the operator may do that");
        // Not by way of the file servers either, which may ask the host.
        assertThat(alice("ln -s /host/etc h; cat h/hostname").status()).isEqualTo(1);
    }

    @Test
    @Tag("P3")
    @Tag("O5")
    void whoHasTheRightMakesVolumesAndNobodyExceedsTheirShare() throws Exception {
        assertThat(alice("mkvol /tmp/vol").text()).contains("only its owner or the operator may do that");
        assertThat(operator("dmesg").text()).contains("MOUNT /tmp/vol");
        assertThat(operator("grant alice mount /tmp/vol").status()).isZero();
        assertThat(alice("mkvol /tmp/vol; echo text > /tmp/vol/file; cat /tmp/vol/file"))
                .isEqualTo(new Said(0, "text\n"));
        assertThat(operator("df").text()).containsPattern("(?m)^/tmp/vol +\\d");

        assertThat(alice("quota alice /home 1G").status()).isEqualTo(1);
        assertThat(operator("quota alice /home 100K").status()).isZero();
        assertThat(alice("seq 1 30000 > big").text()).contains("the owner's files may not take more of this volume");
        assertThat(operator("quota").text()).containsPattern("(?m)^alice +/home +\\S+ +100K$");
    }

    @Test
    @Tag("P3")
    void aRemovedUsersProcessesEndAndTheyDoNotComeInAgain() throws Exception {
        try (ClientSession session = node.session("alice", key);
                ChannelExec sleeping = session.createExecChannel("sleep 1000")) {
            sleeping.open().verify(OpenNode.PATIENCE);
            await().atMost(OpenNode.PATIENCE).until(() -> node.running("sleep 1000"));

            assertThat(operator("user remove alice")).isEqualTo(new Said(0, "alice: removed; /home/alice stays\n"));

            assertThat(node.running("sleep 1000")).isFalse();
            sleeping.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), OpenNode.PATIENCE);
            assertThat(sleeping.getExitStatus()).isNotZero();
        }
        assertThatExceptionOfType(SshException.class).isThrownBy(() -> alice("whoami"));
        assertThat(operator("user list").text()).doesNotContain("alice");
        assertThat(operator("test -d /home/alice").status()).isZero();
        assertThat(operator("privileges alice").status()).isEqualTo(1);
    }
}
