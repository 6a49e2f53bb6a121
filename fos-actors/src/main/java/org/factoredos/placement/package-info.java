/** The scheduler and placement fleet (§3.3): space sharing, which tile runs which process. */
@NullMarked
package org.factoredos.placement;

import org.jspecify.annotations.NullMarked;
