package org.factoredos.network;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.NewsReply;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Ring;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/** A network card with its driver, in virtual time: what it is told is kept for the test, which says what happens on the wire. */
final class TestCard implements Server {
    private static final long PATIENCE_NANOS = 500_000_000L;

    /** All commands, each once, in order. */
    final List<Command> commands = new ArrayList<>();
    /** Ports that another program of the host has. */
    final List<Integer> taken = new ArrayList<>();

    private final Address self;
    private final String place;
    private Ring<Event> news = new Ring<>();
    private long done;
    private long line;
    private long lastConnection;
    private @Nullable Call<NewsReply> waiting;

    private record Late(Call<NewsReply> call) implements Continuation {}

    /** News that the test has. */
    record Told(Event event) implements Continuation {}

    TestCard(Address self, String place) {
        this.self = self;
        this.place = place;
    }

    /** Everything on it is lost, as when its host is replaced. */
    void forget() {
        line++;
        news = new Ring<>();
        done = 0;
    }

    long nextConnection() {
        return --lastConnection;
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch ((NetworkProtocol.Request<?>) in.payload()) {
            case NetworkProtocol.OpenLine open -> {
                forget();
                yield List.of(Call.of(in, open).reply(new LineOpened(self, line, line, done, place, self)));
            }
            case NetworkProtocol.Submit submit -> onSubmit(Call.of(in, submit), submit);
            case NetworkProtocol.AwaitNews await -> onAwait(Call.of(in, await), await);
            default -> throw new AssertionError("no card is asked " + in.payload());
        };
    }

    private List<Effect> onSubmit(Call<NetworkProtocol.SubmitReply> call, NetworkProtocol.Submit submit) {
        if (submit.line() != line) {
            return List.of(call.reply(new NetworkProtocol.Refused(NetworkError.NO_SUCH_LINE)));
        }
        for (int i = 0; i < submit.commands().size(); i++) {
            if (submit.first() + i == done + 1) {
                done++;
                carryOut(submit.commands().get(i));
            }
        }
        List<Effect> effects = new ArrayList<>(List.of(call.reply(new NetworkProtocol.Submitted())));
        effects.addAll(answer());
        return effects;
    }

    private List<Effect> onAwait(Call<NewsReply> call, NetworkProtocol.AwaitNews await) {
        if (await.line() != line) {
            return List.of(call.reply(new NetworkProtocol.Refused(NetworkError.NO_SUCH_LINE)));
        }
        news.seen(await.seen());
        waiting = call;
        List<Effect> effects = new ArrayList<>(answer());
        effects.add(new Effect.Timer(new Late(call), PATIENCE_NANOS));
        return effects;
    }

    private void carryOut(Command command) {
        commands.add(command);
        switch (command) {
            case NetworkProtocol.Listen(long socket, int port) -> {
                int opened = port == 0 ? 40_000 : port;
                news.add(
                        taken.contains(opened)
                                ? new NetworkProtocol.Ended(socket, NetworkError.PORT_IN_USE, "")
                                : new NetworkProtocol.Opened(socket, place + ":" + opened, ""));
            }
            case NetworkProtocol.Share(long socket, int port, long ofLine, long of) ->
                news.add(new NetworkProtocol.Opened(socket, place + ":" + port, ""));
            case NetworkProtocol.StopListening(long socket, long taken) ->
                news.add(new NetworkProtocol.Ended(socket, null, ""));
            case NetworkProtocol.Connect(long socket, String host, int port) ->
                news.add(new NetworkProtocol.Opened(socket, place + ":50000", host + ":" + port));
            default -> {}
        }
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (continuation instanceof Told(Event event)) {
            news.add(event);
            return answer();
        }
        if (continuation instanceof Late(Call<NewsReply> call) && call.equals(waiting)) {
            waiting = null;
            return List.of(call.reply(new News(news.first(), List.of())));
        }
        return List.of();
    }

    private List<Effect> answer() {
        Call<NewsReply> call = waiting;
        if (call == null || news.isEmpty()) {
            return List.of();
        }
        waiting = null;
        return List.of(call.reply(new News(news.first(), news.page(100, 1 << 20, Event::bytes))));
    }
}
