package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Denial;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.lib.MemoryGrid;
import org.factoredos.lib.MemoryGrid.Result;
import org.factoredos.privilege.KeyError;
import org.factoredos.privilege.KeyProtocol;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.privilege.Right;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs of protection, before a privilege fleet that is a list. */
@Timeout(30)
class ProtectionTest {
    private static final Name FLEET = new Name("sys:privileges");
    private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==";
    private static final int PAGE = 2;

    private final MemoryGrid grid = new MemoryGrid(Programs.all());
    private final SortedSet<Right> rights = new TreeSet<>();
    private final Map<String, List<String>> domains = new TreeMap<>();
    private final List<Payload> changes = new ArrayList<>();

    @BeforeEach
    void serve() {
        grid.serve(FLEET, this::answer);
    }

    private Payload answer(Payload request) {
        return switch (request) {
            case PrivilegeProtocol.ListRights(String pattern, Right after, int most) -> {
                List<Right> listed = rights.stream()
                        .filter(right -> Right.covers(pattern, right.domain()) && right.compareTo(after) > 0)
                        .toList();
                yield new PrivilegeProtocol.RightsListed(
                        listed.subList(0, Math.min(PAGE, listed.size())), listed.size() > PAGE);
            }
            case PrivilegeProtocol.ListStaticRights() ->
                new PrivilegeProtocol.RightsListed(List.of(new Right("sys:lease", RightKind.SEND, "sys:lease")), false);
            case PrivilegeProtocol.GrantRight(Right right) -> {
                rights.add(right);
                yield new PrivilegeProtocol.RightGranted();
            }
            case PrivilegeProtocol.RevokeRight(Right right) ->
                rights.remove(right)
                        ? new PrivilegeProtocol.RightRevoked()
                        : new PrivilegeProtocol.Refused(PrivilegeError.NO_SUCH_RIGHT);
            case PrivilegeProtocol.EstablishDomain(String domain, List<Right> first) -> {
                if (domains.putIfAbsent(domain, new ArrayList<>()) != null) {
                    yield new PrivilegeProtocol.Refused(PrivilegeError.DOMAIN_EXISTS);
                }
                rights.addAll(first);
                yield new PrivilegeProtocol.DomainEstablished();
            }
            case PrivilegeProtocol.RemoveDomain(String domain) -> {
                changes.add(request);
                domains.remove(domain);
                rights.removeIf(right -> right.domain().equals(domain));
                yield new PrivilegeProtocol.DomainRemoved();
            }
            case KeyProtocol.AddKey(String domain, String key) -> {
                List<String> keys = domains.get(domain);
                if (keys == null) {
                    yield new KeyProtocol.Refused(KeyError.NO_SUCH_DOMAIN);
                }
                yield new KeyProtocol.KeyAdded(!keys.contains(key) && keys.add(key));
            }
            case KeyProtocol.RemoveKeys(String domain) -> {
                changes.add(request);
                yield new KeyProtocol.KeysRemoved();
            }
            case KeyProtocol.ListDomains(String after) -> {
                List<KeyProtocol.Domain> listed = domains.entrySet().stream()
                        .filter(each -> each.getKey().compareTo(after) > 0)
                        .map(each -> new KeyProtocol.Domain(each.getKey(), each.getValue()))
                        .toList();
                yield new KeyProtocol.DomainsListed(
                        listed.subList(0, Math.min(PAGE, listed.size())), listed.size() > PAGE);
            }
            default -> throw new AssertionError(request);
        };
    }

    private Result run(String line) {
        String[] words = line.split(" ", -1);
        return grid.run(words[0], List.of(words).subList(1, words.length).toArray(String[]::new));
    }

    private static Result said(String... lines) {
        return new Result(0, String.join("\n", lines) + "\n", "");
    }

    @Test
    @Tag("P3")
    void whatIsGrantedIsListedUntilItIsRevoked() {
        assertThat(run("grant alice send bob:inbox")).isEqualTo(new Result(0, "", ""));
        assertThat(run("grant alice SPAWN *")).isEqualTo(new Result(0, "", ""));
        run("grant alice:web register alice:*");
        run("grant bob send x");

        assertThat(run("privileges alice*"))
                .isEqualTo(said(
                        "DOMAIN     KIND      TARGET",
                        "alice      SEND      bob:inbox",
                        "alice      SPAWN     *",
                        "alice:web  REGISTER  alice:*"));
        assertThat(run("revoke alice send bob:inbox")).isEqualTo(new Result(0, "", ""));
        assertThat(run("privileges alice")).isEqualTo(said("DOMAIN  KIND   TARGET", "alice   SPAWN  *"));
        assertThat(run("revoke -v alice spawn *").out())
                .matches("alice SPAWN \\*: no tile can use it, after \\d+\\.\\d ms\n");
    }

    @Test
    @Tag("M16")
    void compiledInRightsAreListedApart() {
        assertThat(run("privileges --static")).isEqualTo(said("DOMAIN     KIND  TARGET", "sys:lease  SEND  sys:lease"));
        assertThat(run("privileges alice --static").status()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "revoke alice send x|1|revoke: alice SEND x: the domain does not have exactly that right",
                "privileges alice|1|privileges: alice: no such domain, or it is allowed nothing",
                "grant alice fly x|2|grant: 'fly' is no kind of right, such as send register",
                "grant alice send|2|grant: too few arguments",
                "privileges --all|2|privileges: unknown option --all"
            })
    void whatCannotBeIsOneLine(String line, int status, String error) {
        Result result = run(line);

        assertThat(result.status()).isEqualTo(status);
        assertThat(result.err()).startsWith(error).hasLineCount(1);
    }

    @Test
    @Tag("P5")
    void denialsOfAllNodesAreListedInOrderOfTimeAndASilentNodeIsNamed() {
        Map<Address, List<Denial>> nodes = new LinkedHashMap<>();
        nodes.put(server(1), List.of(denial(1, 3_000, "sys:block"), denial(1, 5_000, "evil\n2026 alice was allowed")));
        nodes.put(server(2), List.of(denial(2, 4_000, "bob:inbox")));
        nodes.forEach((server, denials) -> grid.serve(server, request -> new PrivilegeProtocol.DenialsListed(denials)));
        List<Address> servers = new ArrayList<>(nodes.keySet());
        servers.add(server(3));
        grid.register("sys:privileges", servers);

        Result result = run("dmesg");

        assertThat(result.out().lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(
                        "TIME DOMAIN PROCESS TILE DENIED",
                        "1970-01-01T00:00:03Z alice 1.1.77 n1:4,4 SEND sys:block",
                        "1970-01-01T00:00:04Z alice 2.1.77 n2:4,4 SEND bob:inbox",
                        "1970-01-01T00:00:05Z alice 1.1.77 n1:4,4 SEND evil?2026 alice was allowed");
        assertThat(result.err()).isEqualTo("dmesg: n3 did not answer; what was denied there is not listed\n");
        assertThat(result.status()).isEqualTo(1);
    }

    private static Address server(int node) {
        NodeId id = new NodeId(node);
        return new Address(new ClientId(id, 1, 5), 0, new TileId(id, 7, 0));
    }

    private static Denial denial(int node, long millis, String target) {
        NodeId id = new NodeId(node);
        return new Denial(millis, new ClientId(id, 1, 77), "alice", RightKind.SEND, target, new TileId(id, 4, 4));
    }

    @Test
    void aUserHasADomainAHomeAndAKey() throws Exception {
        assertThat(run("user add alice " + KEY + " alice at home")).isEqualTo(said("alice: added"));

        assertThat(grid.namesIn("/home")).contains("alice");
        assertThat(domains.get("alice")).containsExactly(KEY + " alice at home");
        assertThat(rights)
                .contains(new Right("alice", RightKind.SEND, "sys:fs"), new Right("alice", RightKind.GRANT, "alice:*"))
                .noneMatch(right -> right.kind() == RightKind.BECOME || right.kind() == RightKind.DEVICE)
                .noneMatch(right ->
                        right.kind() == RightKind.GRANT && right.target().equals("*"));
        assertThat(run("user list"))
                .isEqualTo(said(
                        "NAME   KEY                                                 TYPE         WHOSE",
                        "alice  SHA256:" + fingerprint() + "  ssh-ed25519  alice at home"));
        assertThat(run("user list --json"))
                .isEqualTo(said("{\"users\":[{\"name\":\"alice\",\"home\":\"/home/alice\",\"keys\":[{\"fingerprint\":"
                        + "\"SHA256:" + fingerprint()
                        + "\",\"type\":\"ssh-ed25519\",\"whose\":\"alice at home\"}]}]}"));
    }

    private static String fingerprint() {
        return UserListing.fingerprint(KEY.split(" ", 2)[1]).substring("SHA256:".length());
    }

    @Test
    void anotherKeyIsOneMoreAndTheSameIsSaidToBeThere() {
        run("user add alice " + KEY);

        assertThat(run("user add alice ssh-rsa AAAA")).isEqualTo(said("alice: one more key"));
        assertThat(run("user add alice " + KEY)).isEqualTo(said("alice: comes in with that key already"));
    }

    @Test
    void aUserHasTheLimitsThatWereSaidAndThoseSaidLaterReplaceThem() {
        run("user add --tiles 24 alice " + KEY);
        assertThat(rights)
                .contains(new Right("alice", RightKind.TILES, "24"), new Right("alice", RightKind.MEMORY, "4096"));

        assertThat(run("user add --tiles 3 --frames none alice " + KEY))
                .isEqualTo(said("alice: comes in with that key already"));
        assertThat(rights)
                .filteredOn(right -> right.kind() == RightKind.TILES || right.kind() == RightKind.MEMORY)
                .containsExactlyInAnyOrder(
                        new Right("alice", RightKind.TILES, "3"), new Right("alice", RightKind.MEMORY, "*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--tiles 0", "--tiles many", "--frames -1", "--disk 5X", "--json"})
    void aLimitThatIsNoneChangesNothing(String option) {
        Result added = run("user add " + option + " alice " + KEY);

        assertThat(added.status()).isEqualTo(2);
        assertThat(added.err()).startsWith("user: ");
        assertThat(domains).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"operator", "sys", "sys:fs", "a:b", "a/b", "..", "-x", "", "a-name-of-more-than-32-characters"})
    void aNameThatIsNoUsersChangesNothing(String name) {
        Result added = grid.run("user", "add", "--", name, "ssh-ed25519", "AAAA");
        Result removed = grid.run("user", "remove", "--", name);

        assertThat(added.status()).isEqualTo(1);
        assertThat(added.err()).startsWith("user: ").contains(name).hasLineCount(1);
        assertThat(removed.err()).isEqualTo(added.err());
        assertThat(domains).isEmpty();
    }

    @Test
    void whatIsNoKeyChangesNothing() {
        Result added = run("user add alice hello");

        assertThat(added.status()).isEqualTo(1);
        assertThat(added.err())
                .startsWith("user: alice: a key is a type and base64")
                .hasLineCount(1);
        assertThat(domains).isEmpty();
    }

    @Test
    void aUserIsRemovedWithAllThatTheyHaveMadeKeysFirst() throws Exception {
        run("user add alice " + KEY);
        run("user add bob " + KEY);
        domains.put("alice:web", new ArrayList<>());

        assertThat(run("user remove alice")).isEqualTo(said("alice: removed; /home/alice stays"));

        assertThat(domains.keySet()).containsExactly("bob");
        assertThat(grid.namesIn("/home")).contains("alice");
        assertThat(changes)
                .containsExactly(
                        new KeyProtocol.RemoveKeys("alice"),
                        new KeyProtocol.RemoveKeys("alice:web"),
                        new PrivilegeProtocol.RemoveDomain("alice"),
                        new PrivilegeProtocol.RemoveDomain("alice:web"));
        assertThat(run("user remove alice"))
                .isEqualTo(new Result(1, "", "user: alice: there is no such user; 'user list' lists them\n"));
    }
}
