package org.factoredos.node;

import akka.actor.typed.ActorSystem;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import akka.management.cluster.bootstrap.ClusterBootstrap;
import akka.management.javadsl.AkkaManagement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

/**
 * How a node gets into its grid: a grid of one begins by itself; the nodes of another ask each other over HTTP, join the
 * grid that one of them is in, and begin one only when all that are listed are there and in none.
 */
final class Forming {
    private static final String DISCOVERY = "akka.management.cluster.bootstrap.contact-point-discovery.";

    private Forming() {}

    /** What of Akka's configuration it needs. */
    static Map<String, Object> config(Settings settings) {
        Map<String, Object> config = new HashMap<>();
        config.put("akka.management.http.hostname", settings.host());
        config.put("akka.management.http.port", settings.httpPort());
        config.put(DISCOVERY + "required-contact-point-nr", settings.nodes().size());
        List<Map<String, Object>> endpoints = settings.nodes().stream()
                .map(node -> Map.<String, Object>of("host", node.host(), "port", node.port()))
                .toList();
        config.put("akka.discovery.config.services.fos.endpoints", endpoints);
        return config;
    }

    /** Returns once others can ask this node; that it is a member comes as the cluster's news. */
    static void begin(ActorSystem<?> system, Settings settings) throws Node.CannotStart {
        if (settings.nodes().isEmpty()) {
            Cluster cluster = Cluster.get(system);
            cluster.manager().tell(new Join(cluster.selfMember().address()));
            return;
        }
        try {
            AkkaManagement.get(system).start().toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new Node.CannotStart(
                    "the status page cannot have " + settings.host() + ":" + settings.httpPort()
                            + ": stop what uses it, or set FOS_HTTP_PORT to a free port",
                    e);
        }
        ClusterBootstrap.get(system).start();
    }
}
