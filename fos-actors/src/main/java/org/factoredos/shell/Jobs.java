package org.factoredos.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.factoredos.lib.Fos;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.ProcessId;
import org.factoredos.shell.Launcher.Launched;

/** What runs in the background, by job number. */
final class Jobs {
    record Job(int number, Launched launched, String text) {
        @Override
        public String toString() {
            return "[" + number + "]";
        }
    }

    private final Fos fos;
    private final Launcher launcher;
    private final NavigableMap<Integer, Job> jobs = new TreeMap<>();

    Jobs(Fos fos, Launcher launcher) {
        this.fos = fos;
        this.launcher = launcher;
    }

    Job add(Launched launched, String text) {
        Job job = new Job(jobs.isEmpty() ? 1 : jobs.lastKey() + 1, launched, text);
        jobs.put(job.number(), job);
        return job;
    }

    List<Job> all() {
        return List.copyOf(jobs.values());
    }

    Optional<Job> latest() {
        return Optional.ofNullable(jobs.lastEntry()).map(Map.Entry::getValue);
    }

    /** By {@code %2} or {@code 2}, or by the number of one of its processes. */
    Optional<Job> find(String text) {
        String number = text.startsWith("%") ? text.substring(1) : text;
        if (number.matches("\\d{1,9}")) {
            return Optional.ofNullable(jobs.get(Integer.parseInt(number)));
        }
        Optional<ProcessId> process = ProcessId.parse(text);
        return jobs.values().stream()
                .filter(job ->
                        process.filter(job.launched().processes()::contains).isPresent())
                .findFirst();
    }

    /** Blocks until the job has ended, in the foreground, and forgets it. */
    int await(Job job) throws IOException {
        jobs.remove(job.number());
        return launcher.await(job.launched());
    }

    /** Blocks until the job has ended where it is, and forgets it then. */
    int awaitInBackground(Job job) throws IOException {
        int status = launcher.awaitInBackground(job.launched());
        jobs.remove(job.number());
        return status;
    }

    /** One line a job: how it stands, and what it runs. Forgets those that have ended. */
    List<String> report(boolean onlyEnded) throws IOException {
        if (jobs.isEmpty()) {
            return List.of();
        }
        ProcessesListed listed = fos.processes();
        Set<ProcessId> running =
                listed.processes().stream().map(ProcessStatus::process).collect(Collectors.toSet());
        // What a silent node's processes do nobody knows, and the prompt does not wait for them.
        Predicate<ProcessId> runs = process -> running.contains(process)
                || listed.silent().contains(process.home().node());
        List<String> lines = new ArrayList<>();
        for (Job job : all()) {
            if (job.launched().processes().stream().noneMatch(runs)) {
                int status = awaitInBackground(job);
                lines.add(job + " " + (status == 0 ? "done" : "exit " + status) + "  " + job.text());
            } else if (!onlyEnded) {
                lines.add(job + " running  " + job.text());
            }
        }
        return lines;
    }
}
