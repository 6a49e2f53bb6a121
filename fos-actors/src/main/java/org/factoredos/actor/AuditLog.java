package org.factoredos.actor;

import java.util.function.Consumer;
import org.factoredos.kernel.Denial;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes each denial to the log {@code fos.audit}, for programs to read: its fields are key-value pairs. */
final class AuditLog implements Consumer<Denial> {
    private static final Logger LOG = LoggerFactory.getLogger("fos.audit");

    @Override
    public void accept(Denial denial) {
        LOG.atWarn()
                .addKeyValue("client", denial.client())
                .addKeyValue("domain", denial.domain())
                .addKeyValue("right", denial.kind())
                .addKeyValue("target", denial.target())
                .addKeyValue("tile", denial.tile())
                .log("denied");
    }
}
