package org.factoredos.shell;

import java.util.List;
import java.util.Optional;

/** What the shell's language can say: the tree that {@link Parser} makes and {@link Evaluator} walks. */
sealed interface Syntax {
    /** Commands one after the other; {@code text} is their source, for a shell of their own on another tile. */
    record Script(List<Item> items, String text) implements Syntax {
        public Script {
            items = List.copyOf(items);
        }
    }

    /** {@code chain ;} or, in the background, {@code chain &}. */
    record Item(Chain chain, boolean background) implements Syntax {}

    /** {@code first && then || then ...}, from left to right. */
    record Chain(Pipeline first, List<Link> rest, String text) implements Syntax {
        public Chain {
            rest = List.copyOf(rest);
        }
    }

    /** A pipeline that runs only if the status before it was 0 ({@code &&}), or was not ({@code ||}). */
    record Link(boolean onSuccess, Pipeline pipeline) implements Syntax {}

    /** {@code ! stage | stage | ...}. */
    record Pipeline(boolean negated, List<Stage> stages) implements Syntax {
        public Pipeline {
            stages = List.copyOf(stages);
        }
    }

    /** One command of a pipeline, and what leads its streams elsewhere, from left to right. */
    record Stage(Command command, List<Redirection> redirections, String text) implements Syntax {
        public Stage {
            redirections = List.copyOf(redirections);
        }
    }

    sealed interface Command extends Syntax {}

    /** {@code NAME=value ... word ...}; without words the assignments are the shell's own. */
    record Simple(List<Assignment> assignments, List<Word> words) implements Command {
        public Simple {
            assignments = List.copyOf(assignments);
            words = List.copyOf(words);
        }
    }

    /** {@code if} with its {@code elif}s as branches. */
    record If(List<Branch> branches, Optional<Script> otherwise) implements Command {
        public If {
            branches = List.copyOf(branches);
        }
    }

    record Branch(Script condition, Script body) implements Syntax {}

    /** {@code while}, or {@code until} where {@code wanted} is false. */
    record While(boolean wanted, Script condition, Script body) implements Command {}

    /** {@code for variable in words}; without {@code in}, over the script's arguments. */
    record For(String variable, Optional<List<Word>> words, Script body) implements Command {}

    /** {@code { script; }}. */
    record Group(Script body) implements Command {}

    /** {@code ( script )}: what it sets is forgotten behind it. */
    record Subshell(Script body) implements Command {}

    record Assignment(String name, Word value) implements Syntax {}

    /** Where a standard stream (0, 1, 2) is led. */
    sealed interface Redirection extends Syntax {
        int stream();
    }

    /** {@code < target}. */
    record ReadFrom(int stream, Word target) implements Redirection {}

    /** {@code > target} or {@code >> target}. */
    record WriteTo(int stream, boolean append, Word target) implements Redirection {}

    /** {@code 2>&1}: to wherever {@code source} leads by now. */
    record SameAs(int stream, int source) implements Redirection {}

    /** A word as it is written; expansion makes it any number of arguments. */
    record Word(List<Part> parts) implements Syntax {
        public Word {
            parts = List.copyOf(parts);
        }

        /** Its text where it is a single unquoted piece of text, so that it may be a keyword. */
        Optional<String> bare() {
            return parts.size() == 1 && parts.getFirst() instanceof Literal(String text, boolean quoted) && !quoted
                    ? Optional.of(text)
                    : Optional.empty();
        }
    }

    /** A piece of a word; what is quoted is neither split nor taken for a pattern. */
    sealed interface Part extends Syntax {
        boolean quoted();
    }

    record Literal(String text, boolean quoted) implements Part {}

    /** {@code $name}, {@code ${name}}, and the parameters {@code $?}, {@code $#}, {@code $@}, {@code $1} and so on. */
    record Variable(String name, boolean quoted) implements Part {}

    /** {@code $(script)}. */
    record Substitution(Script script, boolean quoted) implements Part {}
}
