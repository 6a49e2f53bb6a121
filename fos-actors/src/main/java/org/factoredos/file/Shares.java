package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.file.FileProtocol.Share;

/** What each domain's files take of one volume, and how much they may. */
final class Shares {
    private final TreeMap<String, Long> used = new TreeMap<>();
    private final TreeMap<String, Long> limits = new TreeMap<>();

    void add(String owner, long bytes) {
        String account = Asker.account(owner);
        if (used.merge(account, bytes, Long::sum) == 0) {
            used.remove(account);
        }
    }

    void limit(String account, long bytes) {
        if (bytes < 0) {
            limits.remove(account);
        } else {
            limits.put(account, bytes);
        }
    }

    /** Whether files of {@code owner} may take so much more. Whoever takes no more is never stopped. */
    boolean room(String owner, long more) {
        String account = Asker.account(owner);
        Long limit = limits.get(account);
        return more <= 0 || limit == null || used.getOrDefault(account, 0L) + more <= limit;
    }

    long used() {
        return used.values().stream().mapToLong(bytes -> bytes).sum();
    }

    List<Share> list() {
        TreeSet<String> accounts = new TreeSet<>(used.keySet());
        accounts.addAll(limits.keySet());
        List<Share> shares = new ArrayList<>();
        accounts.forEach(account -> shares.add(new Share(
                account, used.getOrDefault(account, 0L), limits.getOrDefault(account, FileProtocol.NO_LIMIT))));
        return shares;
    }

    SortedMap<String, Long> limits() {
        return limits;
    }

    void clear() {
        used.clear();
        limits.clear();
    }
}
