/**
 * The fos-microkernel (§3.1): messages between clients, the name and privilege caches that decide where a message may go,
 * and the links that carry it to another node. It holds mechanism; policy lives in the OS layer's fleets.
 */
@NullMarked
package org.factoredos.kernel;

import org.jspecify.annotations.NullMarked;
