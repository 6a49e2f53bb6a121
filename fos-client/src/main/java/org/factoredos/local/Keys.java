package org.factoredos.local;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;

/**
 * The operator's key and who may come in: {@code id} and {@code id.pub}, {@code authorized_keys}, {@code known_hosts}, as
 * OpenSSH has them.
 *
 * @param folder such as {@code ~/.fos/ssh}
 */
public record Keys(Path folder) {
    public Path id() {
        return folder.resolve("id");
    }

    public Path authorized() {
        return folder.resolve("authorized_keys");
    }

    public Path knownHosts() {
        return folder.resolve("known_hosts");
    }

    /** Makes the key where there is none, and enrols it. */
    public void prepare() throws IOException {
        if (Files.exists(id())) {
            return;
        }
        Files.createDirectories(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair key = generator.generateKeyPair();
            Path publicKey = folder.resolve("id.pub");
            try (OutputStream out = Files.newOutputStream(publicKey)) {
                OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(key, "fos operator", out);
            }
            Files.writeString(
                    authorized(),
                    Files.readString(publicKey).strip() + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            Path draft = folder.resolve("id.new");
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out = Files.newOutputStream(draft)) {
                OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "fos operator", null, out);
            }
            Files.move(draft, id());
        } catch (GeneralSecurityException e) {
            throw new IOException("no key can be made: " + e.getMessage(), e);
        }
    }
}
