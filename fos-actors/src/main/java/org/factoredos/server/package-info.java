/** The structure of a server (§3.2.1, Figure 4): cores, effects, the run loop, continuations, and what durable owners need. */
@NullMarked
package org.factoredos.server;

import org.jspecify.annotations.NullMarked;
