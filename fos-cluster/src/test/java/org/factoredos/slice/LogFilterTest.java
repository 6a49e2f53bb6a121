package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.Test;

class LogFilterTest {
    private final Logger log = new LoggerContext().getLogger("akka.cluster.sharding");

    private FilterReply decide(Exception thrown) {
        return new LogFilter()
                .decide(new LoggingEvent("", log, Level.ERROR, "Shard [0] allocation failed.", thrown, new Object[0]));
    }

    @Test
    void onlyASliceThatWaitsForAMemberIsLeftOut() {
        assertThat(decide(new SliceAllocation.NotYet())).isEqualTo(FilterReply.DENY);
        assertThat(decide(new IllegalStateException("something else"))).isEqualTo(FilterReply.NEUTRAL);
    }
}
