package org.factoredos.terminal;

import java.util.List;
import java.util.Map;
import org.jline.reader.Candidate;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.CompletionMatcher;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jspecify.annotations.Nullable;

/**
 * How the editor finds the word that a completion replaces: it ends at the cursor, and begins where the shell's
 * own idea of a word does.
 *
 * <p>The shell has matched and quoted what it offers, so every offer fits and nothing is quoted again here. Nor is a line
 * judged here: what is incomplete is the shell's to say, which then asks for another line.
 */
final class ShellWords implements Parser, CompletionMatcher {
    private static final String BREAKS = " \t\n;|&<>(";

    private List<Candidate> candidates = List.of();
    private String typed = "";

    /** The word before the cursor. */
    record Word(String line, int cursor, int start) implements CompletingParsedLine {
        @Override
        public String word() {
            return line.substring(start, cursor);
        }

        @Override
        public int wordCursor() {
            return cursor - start;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public List<String> words() {
            return List.of(word());
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return wordCursor();
        }

        @Override
        public int rawWordLength() {
            return wordCursor();
        }
    }

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        int start = cursor;
        while (start > 0 && !breaksWord(line, start - 1)) {
            start--;
        }
        return new Word(line, cursor, start);
    }

    private static boolean breaksWord(String text, int index) {
        return BREAKS.indexOf(text.charAt(index)) >= 0 && (index == 0 || text.charAt(index - 1) != '\\');
    }

    @Override
    public void compile(
            Map<LineReader.Option, Boolean> options,
            boolean prefix,
            CompletingParsedLine line,
            boolean caseInsensitive,
            int errors,
            @Nullable String originalGroupName) {
        typed = line.word();
        candidates = List.of();
    }

    @Override
    public List<Candidate> matches(List<Candidate> offered) {
        candidates = List.copyOf(offered);
        return candidates;
    }

    @Override
    public @Nullable Candidate exactMatch() {
        return candidates.stream()
                .filter(candidate -> candidate.value().equals(typed))
                .findFirst()
                .orElse(null);
    }

    @Override
    public String getCommonPrefix() {
        String common = candidates.isEmpty() ? "" : candidates.getFirst().value();
        for (Candidate candidate : candidates) {
            while (!candidate.value().startsWith(common)) {
                common = common.substring(0, common.length() - 1);
            }
        }
        return common;
    }
}
