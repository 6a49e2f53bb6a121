package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What may be set, and one sentence for what may not. */
class SettingsTest {
    @Test
    void defaultsAreThoseOfTheEmbeddedGrid() {
        Settings settings = Settings.load();

        assertThat(settings.data()).isEqualTo(Path.of(System.getenv("HOME"), ".fos", "shell"));
        assertThat(settings.width()).isEqualTo(8);
        assertThat(settings.height()).isEqualTo(8);
        assertThat(settings.host()).isEqualTo("127.0.0.1");
        assertThat(settings.port()).isZero();
        assertThat(settings.journal().url()).isEmpty();
    }

    @Test
    void akkaIsOverriddenAndWhatRestsOnItFollows() {
        var akka = Settings.load().akka();

        assertThat(akka.getString("akka.actor.provider")).isEqualTo("cluster");
        assertThat(akka.getDuration("akka.cluster.sharding.coordinator-singleton.hand-over-retry-interval"))
                .as("Akka's reference.conf refers to it by substitution")
                .hasMillis(200);
    }

    @Test
    void aPersonsFileGoesBeforeOurs() {
        var akka = Settings.of(ConfigFactory.parseString("akka.cluster.gossip-interval = 1 s"))
                .akka();

        assertThat(akka.getDuration("akka.cluster.gossip-interval")).hasSeconds(1);
    }

    @Test
    void aWrongValueNamesTheKeyTheValueAndWhatIsAllowed() {
        assertWrong("fos.grid.tiles = 8", "the setting fos.grid.tiles is \"8\", but must be COLUMNSxROWS, such as 8x8");
        assertWrong(
                "fos.grid.tiles = 8x0", "the setting fos.grid.tiles is \"8x0\", but must be COLUMNSxROWS, such as 8x8");
        assertWrong(
                "fos.node.port = 70000",
                "the setting fos.node.port is \"70000\", but must be a whole number from 0 to 65535");
        assertWrong(
                "fos.journal.connections = many",
                "the setting fos.journal.connections is \"many\", but must be a whole number from 1 to 1000");
        assertWrong(
                "fos.log-level = LOUD",
                "the setting fos.log-level is \"LOUD\", but must be ERROR, WARN, INFO or DEBUG");
    }

    private static void assertWrong(String setting, String sentence) {
        assertThatExceptionOfType(Settings.Wrong.class)
                .isThrownBy(() -> Settings.of(ConfigFactory.parseString(setting)))
                .withMessage(sentence);
    }
}
