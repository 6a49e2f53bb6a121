package org.factoredos.node;

import akka.cluster.ConfigValidation;
import akka.cluster.JoinConfigCompatChecker;
import com.typesafe.config.Config;
import java.util.List;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Lets nobody join whose nodes have other tiles than the grid's: addresses of bootstrap servers follow from them. */
public final class SameShape extends JoinConfigCompatChecker {
    private static final Seq<String> KEYS = CollectionConverters.asScala(List.of("fos.grid.tiles", "fos.grid.node-hop"))
            .toList();

    @Override
    public Seq<String> requiredKeys() {
        return KEYS;
    }

    @Override
    public ConfigValidation check(Config joining, Config grid) {
        return JoinConfigCompatChecker.fullMatch(KEYS, joining, grid);
    }
}
