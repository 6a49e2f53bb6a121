package org.factoredos.node;

import akka.actor.AbstractExtensionId;
import akka.actor.ActorSystem;
import akka.actor.ExtendedActorSystem;
import akka.actor.ExtensionId;
import akka.actor.ExtensionIdProvider;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.StatusCodes;
import akka.http.javadsl.server.Directives;
import akka.http.javadsl.server.Route;
import akka.management.javadsl.ManagementRouteProvider;
import akka.management.javadsl.ManagementRouteProviderSettings;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** {@code GET /status}: the {@link GridStatus} as JSON; 503 until the node serves. */
final class StatusPage implements ManagementRouteProvider {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Executor BLOCKING =
            task -> Thread.ofVirtual().name("fos-status").start(task);

    private volatile @Nullable Callable<GridStatus> status;

    /** How Akka makes it and others find it. */
    public static final class Id extends AbstractExtensionId<StatusPage> implements ExtensionIdProvider {
        private static final Id ONE = new Id();

        @Override
        public StatusPage createExtension(ExtendedActorSystem system) {
            return new StatusPage();
        }

        @Override
        public ExtensionId<StatusPage> lookup() {
            return ONE;
        }
    }

    static StatusPage of(ActorSystem system) {
        return Id.ONE.get(system);
    }

    /** From now on the node serves; {@code status} may block. */
    void serve(Callable<GridStatus> now) {
        status = now;
    }

    @Override
    public Route routes(ManagementRouteProviderSettings settings) {
        return Directives.path(
                "status",
                () -> Directives.get(
                        () -> Directives.completeWithFuture(CompletableFuture.supplyAsync(this::page, BLOCKING))));
    }

    private HttpResponse page() {
        Callable<GridStatus> now = status;
        if (now == null) {
            return HttpResponse.create()
                    .withStatus(StatusCodes.SERVICE_UNAVAILABLE)
                    .withEntity("this node does not serve yet\n");
        }
        try {
            return HttpResponse.create()
                    .withEntity(
                            HttpEntities.create(ContentTypes.APPLICATION_JSON, JSON.writeValueAsString(now.call())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers and texts is JSON", e);
        } catch (Exception e) {
            return HttpResponse.create()
                    .withStatus(StatusCodes.SERVICE_UNAVAILABLE)
                    .withEntity("this node cannot tell: " + e.getMessage() + "\n");
        }
    }
}
