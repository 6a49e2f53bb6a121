package org.factoredos.shell;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.lib.Fos;

/** A shell's variables and arguments. Exported ones live in the process's environment, which its children inherit. */
final class Variables {
    /** What a subshell is made from, and what is put back behind it. */
    record Snapshot(SortedMap<String, String> own, SortedMap<String, String> exported, int status) {}

    private final Fos fos;
    private final SortedMap<String, String> own = new TreeMap<>();
    private String scriptName = "sh";
    private List<String> arguments = List.of();
    private int status;

    Variables(Fos fos) {
        this.fos = fos;
    }

    void setArguments(String scriptName, List<String> arguments) {
        this.scriptName = scriptName;
        this.arguments = List.copyOf(arguments);
    }

    String scriptName() {
        return scriptName;
    }

    List<String> arguments() {
        return arguments;
    }

    /** The status of the last command, {@code $?}. */
    int status() {
        return status;
    }

    void setStatus(int status) {
        this.status = status;
    }

    /** The value of a variable or parameter, joined by blanks where it has several; empty where it is not set. */
    Optional<String> value(String name) {
        return switch (name) {
            case "?" -> Optional.of(Integer.toString(status));
            case "#" -> Optional.of(Integer.toString(arguments.size()));
            case "@", "*" -> Optional.of(String.join(" ", arguments));
            case "$" -> Optional.of(fos.process().toString());
            case "PWD" -> Optional.of(fos.workingDirectory());
            default -> Character.isDigit(name.charAt(0)) ? argument(Integer.parseInt(name)) : variable(name);
        };
    }

    private Optional<String> argument(int number) {
        if (number == 0) {
            return Optional.of(scriptName);
        }
        return number <= arguments.size() ? Optional.of(arguments.get(number - 1)) : Optional.empty();
    }

    private Optional<String> variable(String name) {
        String value = own.get(name);
        return Optional.ofNullable(value != null ? value : fos.environment().get(name));
    }

    void set(String name, String value) {
        if (fos.environment().containsKey(name)) {
            fos.environment().put(name, value);
        } else {
            own.put(name, value);
        }
    }

    void export(String name, String value) {
        own.remove(name);
        fos.environment().put(name, value);
    }

    void unset(String name) {
        own.remove(name);
        fos.environment().remove(name);
    }

    SortedMap<String, String> exported() {
        return new TreeMap<>(fos.environment());
    }

    /** Those that a child would not inherit. */
    Map<String, String> own() {
        return own;
    }

    Snapshot snapshot() {
        return new Snapshot(new TreeMap<>(own), exported(), status);
    }

    void restore(Snapshot snapshot) {
        own.clear();
        own.putAll(snapshot.own());
        fos.environment().clear();
        fos.environment().putAll(snapshot.exported());
        status = snapshot.status();
    }
}
