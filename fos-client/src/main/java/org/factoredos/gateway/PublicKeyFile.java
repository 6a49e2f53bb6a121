package org.factoredos.gateway;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.Base64;
import java.util.List;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.jspecify.annotations.Nullable;

/** A file with one public key, such as {@code id_ed25519.pub}. */
public final class PublicKeyFile {
    private static final long LONGEST_BYTES = 16 * 1024;

    private PublicKeyFile() {}

    /** Its key as OpenSSH writes it: type, base64, whose it is. */
    public static String read(Path file) throws IOException {
        String text = text(file);
        if (text.contains("PRIVATE KEY-----") || text.startsWith("PuTTY-User-Key-File")) {
            throw new IOException(
                    file + " is a private key: keep it to yourself, and give the public one, such as " + file + ".pub");
        }
        if (text.contains("BEGIN SSH2 PUBLIC KEY")) {
            throw new IOException(
                    file + " is in another format: 'ssh-keygen -i -f " + file + "' turns it into OpenSSH's");
        }
        List<String> lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        if (lines.size() > 1) {
            throw new IOException(file + " has several lines: give one key at a time");
        }
        AuthorizedKeyEntry entry = lines.isEmpty() ? null : entry(lines.getFirst());
        if (entry == null) {
            throw new IOException(
                    file
                            + " is no public key of OpenSSH's, or not of a kind that opens doors here: 'ssh-keygen -t ed25519' makes one");
        }
        if (!entry.getLoginOptions().isEmpty()) {
            throw new IOException(file + " has options before the key, which mean nothing here: leave them out");
        }
        String whose = entry.getComment() == null ? "" : entry.getComment().replaceAll("\\p{Cntrl}", "?");
        String key = entry.getKeyType() + " " + Base64.getEncoder().encodeToString(entry.getKeyData());
        return (key + " " + whose).strip();
    }

    private static String text(Path file) throws IOException {
        try {
            if (!Files.isRegularFile(file) && Files.exists(file)) {
                throw new IOException(file + " is no file");
            }
            if (Files.size(file) > LONGEST_BYTES) {
                throw new IOException(file + " is too long for a public key");
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        } catch (AccessDeniedException e) {
            throw new IOException(file + " may not be read", e);
        }
    }

    /** Null where that is no key, or one of a kind that no door here opens to. */
    private static @Nullable AuthorizedKeyEntry entry(String line) {
        try {
            AuthorizedKeyEntry entry = AuthorizedKeyEntry.parseAuthorizedKeyEntry(line);
            PublicKey key = entry == null ? null : entry.resolvePublicKey(null, PublicKeyEntryResolver.FAILING);
            return key == null ? null : entry;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return null;
        }
    }
}
