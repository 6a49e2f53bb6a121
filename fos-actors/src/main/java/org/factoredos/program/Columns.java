package org.factoredos.program;

/**
 * How many columns of a terminal characters take. East Asian ones are wide where Unicode's EastAsianWidth says W or F (UAX
 * #11), emoji are wide, and marks go onto the character before them. The JDK knows all of this but the first.
 */
final class Columns {
    /** First and last code point of each wide range but those of emoji, in order. */
    private static final int[] WIDE = {
        0x1100, 0x115f, // Hangul, the initials of syllables.
        0x2329, 0x232a, // Angle brackets.
        0x2e80, 0x303e, // Radicals, punctuation.
        0x3041, 0x3247, // Hiragana, Katakana, Bopomofo, Hangul.
        0x3250, 0x4dbf, // Enclosed ones, ideographs.
        0x4e00, 0xa4cf, // Ideographs, Yi.
        0xa960, 0xa97f, // Hangul, old initials.
        0xac00, 0xd7a3, // Hangul, whole syllables.
        0xf900, 0xfaff, // Ideographs for compatibility.
        0xfe10, 0xfe19, // Vertical forms.
        0xfe30, 0xfe6f, // Forms for compatibility.
        0xff01, 0xff60, // Full width.
        0xffe0, 0xffe6, // Full width signs.
        0x16fe0, 0x18dff, // Tangut, Khitan.
        0x1aff0, 0x1b2ff, // Kana, Nushu.
        0x1f200, 0x1f265, // Enclosed ideographs.
        0x20000, 0x2fffd, // Ideographs.
        0x30000, 0x3fffd, // Ideographs.
    };

    private static final int SOFT_HYPHEN = 0xad;

    private Columns() {}

    /** 0, 1 or 2. */
    static int of(int codePoint) {
        if (codePoint < WIDE[0]) {
            return codePoint >= 0x300 && isMark(codePoint) ? 0 : 1;
        }
        boolean medial = codePoint >= 0x1160 && codePoint <= 0x11ff; // Of a Hangul syllable, behind its initial.
        if (medial || isMark(codePoint)) {
            return 0;
        }
        boolean flag = codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff; // Half a one.
        return isWide(codePoint) || (Character.isEmojiPresentation(codePoint) && !flag) ? 2 : 1;
    }

    static int of(CharSequence text) {
        return text.codePoints().map(Columns::of).sum();
    }

    /** What of it stands from column {@code from} on in so many columns; of a character that is cut through, blanks. */
    static String cut(String text, int from, int columns) {
        StringBuilder cut = new StringBuilder();
        int column = 0;
        for (int i = 0; i < text.length() && column <= from + columns; ) {
            int codePoint = text.codePointAt(i);
            int behind = column + of(codePoint);
            if (column >= from && behind <= from + columns && (behind > from || from == 0)) {
                cut.appendCodePoint(codePoint);
            } else if (column < from && behind > from && columns > 0) {
                cut.append(' ');
            }
            column = behind;
            i += Character.charCount(codePoint);
        }
        return cut.toString();
    }

    private static boolean isWide(int codePoint) {
        for (int i = 0; i < WIDE.length && codePoint >= WIDE[i]; i += 2) {
            if (codePoint <= WIDE[i + 1]) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMark(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            case Character.FORMAT -> codePoint != SOFT_HYPHEN;
            default -> false;
        };
    }
}
