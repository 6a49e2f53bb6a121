package org.factoredos.slice;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;

/** Leaves out of a node's log what sharding takes for an error at each start: that a slice waits for a member to come forward. */
public final class LogFilter extends Filter<ILoggingEvent> {
    @Override
    public FilterReply decide(ILoggingEvent event) {
        IThrowableProxy thrown = event.getThrowableProxy();
        return thrown != null && thrown.getClassName().equals(SliceAllocation.NotYet.class.getName())
                ? FilterReply.DENY
                : FilterReply.NEUTRAL;
    }
}
