package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublicKeyFileTest {
    private static final String KEY = "ecdsa-sha2-nistp256 "
            + "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGsX0fLhLEJH+Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT+NC4v4a"
            + "f5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU=";

    @TempDir
    Path folder;

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("id"), text, StandardCharsets.ISO_8859_1);
    }

    @Test
    void theKeyIsReadWithWhoseItIs() throws IOException {
        assertThat(PublicKeyFile.read(file("# mine\n" + KEY + " alice@home, 'at work'\n")))
                .isEqualTo(KEY + " alice@home, 'at work'");
        assertThat(PublicKeyFile.read(file(KEY))).isEqualTo(KEY);
    }

    @Test
    void theKindOfKeyThatMostPeopleHaveIsKnown() throws IOException {
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBdgCF2UQPmicg/22O2yIyyEw8YZ0sZ8foip1bS3wgW1";

        assertThat(PublicKeyFile.read(file(key))).isEqualTo(key);
    }

    @ParameterizedTest
    @CsvSource({
        "-----BEGIN OPENSSH PRIVATE KEY-----|b3Blb,is a private key: keep it to yourself",
        "-----BEGIN RSA PRIVATE KEY-----|MII,is a private key",
        "PuTTY-User-Key-File-3: ssh-ed25519,is a private key",
        "---- BEGIN SSH2 PUBLIC KEY ----|AAAA,ssh-keygen -i -f",
        "'',is no public key of OpenSSH's",
        "hello,is no public key of OpenSSH's",
        "ssh-ed25519 AAAA,is no public key of OpenSSH's",
        "ssh-ed25519 AAAA|ssh-ed25519 BBBB,has several lines"
    })
    void whatIsNoPublicKeyIsRefusedInOneLine(String bars, String why) throws IOException {
        Path file = file(bars.replace('|', '\n'));

        assertThatThrownBy(() -> PublicKeyFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why)
                .hasMessageContaining(file.toString())
                .message()
                .hasLineCount(1);
    }

    @Test
    void optionsAreRefusedForTheyWouldMeanNothing() throws IOException {
        Path file = file("command=\"ls\" " + KEY);

        assertThatThrownBy(() -> PublicKeyFile.read(file)).hasMessageContaining("has options before the key");
    }

    @Test
    void whatCannotBeReadIsToldApart() throws IOException {
        Path endless = file(Base64.getEncoder().encodeToString(new byte[20_000]));

        assertThatThrownBy(() -> PublicKeyFile.read(folder.resolve("none"))).hasMessageContaining("there is no file");
        assertThatThrownBy(() -> PublicKeyFile.read(folder)).hasMessageContaining("is no file");
        assertThatThrownBy(() -> PublicKeyFile.read(endless)).hasMessageContaining("too long");
    }
}
