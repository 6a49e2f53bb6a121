package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Place;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.server.Event;
import org.jspecify.annotations.Nullable;

/**
 * The names of one slice and their mailboxes, changed by its events alone.
 *
 * <p>An event says what has changed of a name and no more: a set may have thousands of mailboxes.
 */
final class Directory {
    /** A page has at most as many names, and mailboxes beyond its first name. */
    static final int MOST_LISTED = 512;

    private static final int MOST_MAILBOXES_LISTED = 4096;
    private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9_./-]+(:[A-Za-z0-9_./-]+)*");

    /** Nobody had the name. {@code place}: where the mailbox was found, also below. */
    record NameAdded(String name, Flags flags, Address mailbox, Place place) implements Event {}

    record MappingAdded(String name, Address mailbox, Place place) implements Event {}

    /** Its client has moved (§3.4): the mailbox is the same one, and where it is found has changed. */
    record MailboxMoved(String name, Address mailbox, Place place) implements Event {}

    /** The name goes with its last mailbox. */
    record MappingsDropped(String name, List<Address> mailboxes) implements Event {
        MappingsDropped {
            mailboxes = List.copyOf(mailboxes);
        }
    }

    record NameDropped(String name) implements Event {}

    record PolicyChanged(String name, Policy policy) implements Event {}

    /** A name in a snapshot; {@code places}: of its mailboxes, in their order. */
    record Kept(Entry entry, List<Place> places) {
        Kept {
            places = List.copyOf(places);
        }
    }

    private static final class Mappings {
        final Flags flags;
        final SequencedMap<Address, Place> mailboxes = new LinkedHashMap<>();
        Policy policy = Policy.NEAREST;
        /** What was last made of this for an answer. */
        @Nullable
        Entry entry;

        Mappings(Flags flags) {
            this.flags = flags;
        }
    }

    private final NavigableMap<String, Mappings> names = new TreeMap<>();
    /** How many mappings to mailboxes of each client there are. */
    private final Map<ClientId, Integer> mapped = new TreeMap<>();

    /** How a name looks: its parts are made of plain characters. */
    static boolean wellFormed(String name) {
        return name.length() <= 255 && WELL_FORMED.matcher(name).matches();
    }

    /** {@code *} stands for any text, everything else for itself. */
    static Predicate<String> matching(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (String part : pattern.split("\\*", -1)) {
            regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
        }
        return Pattern.compile(regex.toString()).asMatchPredicate();
    }

    /** What a single mailbox's automatic name comes to. */
    static Entry automaticEntry(Address mailbox) {
        return Entry.of(mailbox.toString(), Flags.SINGLE, List.of(mailbox));
    }

    Optional<Entry> get(String name) {
        Mappings mappings = names.get(name);
        return mappings == null ? Optional.empty() : Optional.of(entry(name, mappings));
    }

    private static Entry entry(String name, Mappings mappings) {
        Entry known = mappings.entry;
        if (known == null) {
            known = new Entry(name, mappings.flags, mappings.policy, List.copyOf(mappings.mailboxes.keySet()));
            mappings.entry = known;
        }
        return known;
    }

    /** Null: nobody has the name. */
    @Nullable
    Flags flags(String name) {
        Mappings mappings = names.get(name);
        return mappings == null ? null : mappings.flags;
    }

    boolean has(String name, Address mailbox) {
        return place(name, mailbox) != null;
    }

    /** Where the mailbox was found last; null where it does not have the name. */
    @Nullable
    Place place(String name, Address mailbox) {
        Mappings mappings = names.get(name);
        return mappings == null ? null : mappings.mailboxes.get(mailbox);
    }

    /** Whether a mailbox of {@code client} has a name. */
    boolean knows(ClientId client) {
        return mapped.containsKey(client);
    }

    /** What changes as {@code client} has come to {@code place}: where its mailboxes are, and no address. */
    List<MailboxMoved> moving(ClientId client, Place place) {
        List<MailboxMoved> moving = new ArrayList<>();
        if (knows(client)) {
            names.forEach((name, mappings) -> mappings.mailboxes.forEach((mailbox, known) -> {
                if (mailbox.client().equals(client) && place.isLaterThan(known)) {
                    moving.add(new MailboxMoved(name, mailbox, place));
                }
            }));
        }
        return moving;
    }

    /** The address of the mailbox as the name has it; only the hint may differ. */
    Optional<Address> known(String name, Address mailbox) {
        Mappings mappings = names.get(name);
        return mappings == null
                ? Optional.empty()
                : mappings.mailboxes.keySet().stream().filter(mailbox::equals).findFirst();
    }

    /** Those that are told by {@code which}, by what they are and where. */
    List<Address> mailboxes(String name, BiPredicate<Address, Place> which) {
        Mappings mappings = names.get(name);
        return mappings == null
                ? List.of()
                : mappings.mailboxes.entrySet().stream()
                        .filter(each -> which.test(each.getKey(), each.getValue()))
                        .map(Map.Entry::getKey)
                        .toList();
    }

    int count(String name) {
        Mappings mappings = names.get(name);
        return mappings == null ? 0 : mappings.mailboxes.size();
    }

    /** Names of which some mailbox is told by {@code which}, at most {@code most}. */
    List<String> having(BiPredicate<Address, Place> which, int most) {
        return names.entrySet().stream()
                .filter(each -> each.getValue().mailboxes.entrySet().stream()
                        .anyMatch(mailbox -> which.test(mailbox.getKey(), mailbox.getValue())))
                .limit(most)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Only what begins as the pattern does is looked at. */
    NamesListed list(ListNames list) {
        String prefix = list.pattern().split("\\*", -1)[0];
        Predicate<String> matches = matching(list.pattern());
        boolean behind = list.after().compareTo(prefix) >= 0;
        List<Entry> page = new ArrayList<>();
        int mailboxes = 0;
        for (Map.Entry<String, Mappings> each :
                names.tailMap(behind ? list.after() : prefix, !behind).entrySet()) {
            if (!each.getKey().startsWith(prefix)) {
                break;
            }
            if (!matches.test(each.getKey())) {
                continue;
            }
            mailboxes += each.getValue().mailboxes.size();
            if (page.size() == MOST_LISTED || (!page.isEmpty() && mailboxes > MOST_MAILBOXES_LISTED)) {
                return new NamesListed(page, true);
            }
            page.add(entry(each.getKey(), each.getValue()));
        }
        return new NamesListed(page, false);
    }

    /** False: no event of a directory's names. */
    boolean apply(Event event) {
        switch (event) {
            case NameAdded(var name, var flags, var mailbox, var place) -> {
                Mappings mappings = new Mappings(flags);
                add(mappings, mailbox, place);
                names.put(name, mappings);
            }
            case MappingAdded(var name, var mailbox, var place) -> add(changing(name), mailbox, place);
            case MailboxMoved(var name, var mailbox, var place) -> {
                SequencedMap<Address, Place> mailboxes = changing(name).mailboxes;
                List<Map.Entry<Address, Place>> before = List.copyOf(mailboxes.entrySet());
                mailboxes.clear(); // An address that differs in its hint alone would stay as it was.
                before.forEach(each -> {
                    boolean moved = each.getKey().equals(mailbox);
                    mailboxes.put(moved ? mailbox : each.getKey(), moved ? place : each.getValue());
                });
            }
            case MappingsDropped(var name, var mailboxes) -> {
                Mappings mappings = changing(name);
                mailboxes.forEach(mailbox -> remove(mappings, mailbox));
                if (mappings.mailboxes.isEmpty()) {
                    names.remove(name);
                }
            }
            case NameDropped(var name) -> {
                Mappings mappings = changing(name);
                List.copyOf(mappings.mailboxes.keySet()).forEach(mailbox -> remove(mappings, mailbox));
                names.remove(name);
            }
            case PolicyChanged(var name, var policy) -> changing(name).policy = policy;
            default -> {
                return false;
            }
        }
        return true;
    }

    private void add(Mappings mappings, Address mailbox, Place place) {
        if (mappings.mailboxes.put(mailbox, place) == null) {
            mapped.merge(mailbox.client(), 1, Integer::sum);
        }
    }

    private void remove(Mappings mappings, Address mailbox) {
        if (mappings.mailboxes.remove(mailbox) != null) {
            mapped.computeIfPresent(mailbox.client(), (client, count) -> count == 1 ? null : count - 1);
        }
    }

    private Mappings changing(String name) {
        Mappings mappings = names.get(name);
        if (mappings == null) {
            throw new IllegalStateException("the journal changes a name that nobody has: " + name);
        }
        mappings.entry = null;
        return mappings;
    }

    List<Kept> keep() {
        List<Kept> kept = new ArrayList<>(names.size());
        names.forEach((name, mappings) ->
                kept.add(new Kept(entry(name, mappings), List.copyOf(mappings.mailboxes.values()))));
        return kept;
    }

    void restore(List<Kept> kept) {
        names.clear();
        mapped.clear();
        for (Kept one : kept) {
            Entry entry = one.entry();
            Mappings mappings = new Mappings(entry.flags());
            for (int i = 0; i < entry.mailboxes().size(); i++) {
                add(mappings, entry.mailboxes().get(i), one.places().get(i));
            }
            mappings.policy = entry.policy();
            names.put(entry.name(), mappings);
        }
    }
}
