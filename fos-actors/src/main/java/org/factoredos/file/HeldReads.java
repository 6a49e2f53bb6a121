package org.factoredos.file;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Predicate;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.ReadFile;
import org.jspecify.annotations.Nullable;

/**
 * What owners have answered to reads, as long as a front may say it to others: under their callbacks and its node's lease,
 * which whoever asks for it sees to. Of what is asked once only nothing is held: it would cost each write a recall.
 *
 * <p>The answer to one read is that to the same of another client of the same domain. What was not asked for longest
 * makes room; its owner is not told, and recalls it in vain.
 */
final class HeldReads {
    private static final int MOST_HELD = 4096;
    private static final int MOST_SEEN = 4096;

    private record Question(String domain, ReadFile read) {}

    private final SequencedMap<Question, ReadLocated> answers = new LinkedHashMap<>();
    /** Of each file. */
    private final Map<FileId, Set<Question>> questions = new LinkedHashMap<>();

    private final SequencedSet<Question> seen = new LinkedHashSet<>();

    /** Whether it has been asked before, lately; from now on it has. */
    boolean often(String domain, ReadFile read) {
        Question question = new Question(domain, read);
        boolean before = seen.contains(question);
        seen.addLast(question);
        if (seen.size() > MOST_SEEN) {
            seen.removeFirst();
        }
        return before;
    }

    @Nullable
    ReadLocated get(String domain, ReadFile read) {
        Question question = new Question(domain, read);
        ReadLocated located = answers.get(question);
        if (located != null) {
            answers.putLast(question, located);
        }
        return located;
    }

    void hold(String domain, ReadFile read, ReadLocated located) {
        Question question = new Question(domain, read);
        answers.putLast(question, located);
        questions.computeIfAbsent(read.file(), file -> new LinkedHashSet<>()).add(question);
        if (answers.size() > MOST_HELD) {
            Question eldest = answers.pollFirstEntry().getKey();
            Set<Question> others = questions.get(eldest.read().file());
            if (others != null && others.remove(eldest) && others.isEmpty()) {
                questions.remove(eldest.read().file());
            }
        }
    }

    void drop(Predicate<FileId> which) {
        questions.keySet().stream().filter(which).toList().forEach(this::drop);
    }

    void drop(FileId file) {
        Set<Question> dropped = questions.remove(file);
        if (dropped != null) {
            answers.keySet().removeAll(dropped);
        }
    }
}
