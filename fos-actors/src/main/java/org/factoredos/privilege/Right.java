package org.factoredos.privilege;

import java.util.Comparator;
import java.util.regex.Pattern;
import org.factoredos.kernel.RightKind;

/**
 * What a domain is allowed; everything else is denied.
 *
 * @param target what it is allowed on; {@code *} stands for any text. A send's is a name, or the domain of the client that
 *     an address belongs to; a quota of memory is the number of frames, and means any number up to it
 */
public record Right(String domain, RightKind kind, String target) implements Comparable<Right> {
    private static final Comparator<Right> ORDER =
            Comparator.comparing(Right::domain).thenComparing(Right::kind).thenComparing(Right::target);

    private static final Pattern NUMBER = Pattern.compile("[1-9]\\d{0,8}");

    /** Whether a right of that kind on {@code target} allows what is asked for as {@code text}. */
    public static boolean allows(RightKind kind, String target, String text) {
        boolean counted = kind == RightKind.TILES || kind == RightKind.MEMORY;
        if (counted && isQuota(target) && isQuota(text)) {
            return Integer.parseInt(text) <= Integer.parseInt(target);
        }
        return covers(target, text);
    }

    /** Whether it is a number, of tiles or of frames. */
    public static boolean isQuota(String target) {
        return NUMBER.matcher(target).matches();
    }

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
