package org.factoredos.privilege;

import java.util.Comparator;
import org.factoredos.kernel.RightKind;

/**
 * What a domain is allowed; everything else is denied.
 *
 * @param target what it is allowed on; {@code *} stands for any text. A send's is a name, or the domain of the client that
 *     an address belongs to
 */
public record Right(String domain, RightKind kind, String target) implements Comparable<Right> {
    private static final Comparator<Right> ORDER =
            Comparator.comparing(Right::domain).thenComparing(Right::kind).thenComparing(Right::target);

    public boolean covers(String text) {
        return covers(target, text);
    }

    /**
     * Whether whatever {@code text} stands for is also meant by {@code pattern}: a {@code *} in {@code text} is covered by a
     * {@code *} only.
     */
    public static boolean covers(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1; // The last star takes one character more.
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    @Override
    public int compareTo(Right other) {
        return ORDER.compare(this, other);
    }

    /** As {@code privileges} lists it. */
    @Override
    public String toString() {
        return domain + " " + kind + " " + target;
    }
}
