package org.factoredos.program;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.factoredos.privilege.KeyProtocol.Domain;

/** What {@code user list} shows: users, and the fingerprints of their keys as OpenSSH prints them. */
final class UserListing {
    private UserListing() {}

    static Table table(List<Domain> users) {
        Table table = new Table("NAME", "KEY", "TYPE", "WHOSE");
        for (Domain user : users) {
            if (user.keys().isEmpty()) {
                table.add(user.name(), "-", "-", "");
            }
            for (String key : user.keys()) {
                String[] parts = parts(key);
                table.add(user.name(), fingerprint(parts[1]), parts[0], Text.printable(parts[2]));
            }
        }
        return table;
    }

    static String json(List<Domain> users) {
        return users.stream()
                .map(user -> "{\"name\":" + text(user.name()) + ",\"home\":" + text(Users.home(user.name()))
                        + ",\"keys\":[" + keys(user) + "]}")
                .collect(Collectors.joining(",", "{\"users\":[", "]}"));
    }

    private static String keys(Domain user) {
        return user.keys().stream()
                .map(UserListing::parts)
                .map(parts -> "{\"fingerprint\":" + text(fingerprint(parts[1])) + ",\"type\":" + text(parts[0])
                        + ",\"whose\":" + text(parts[2]) + "}")
                .collect(Collectors.joining(","));
    }

    /** Type, base64 and whose it is, which may be empty. */
    private static String[] parts(String key) {
        String[] parts = key.split(" ", 3);
        return new String[] {parts[0], parts.length > 1 ? parts[1] : "", parts.length > 2 ? parts[2] : ""};
    }

    static String fingerprint(String base64) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(Base64.getDecoder().decode(base64));
            return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(digest);
        } catch (IllegalArgumentException e) {
            return "?"; // No base64: nobody comes in with it.
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static String text(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        Text.printable(text).chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\');
            }
            quoted.append((char) c);
        });
        return quoted.append('"').toString();
    }
}
