/** The memory fleet (§3.3): frames of each node's memory, allocated by servers and granted by microkernels. */
@NullMarked
package org.factoredos.memory;

import org.jspecify.annotations.NullMarked;
