/** Fleets that users bring: who keeps up their numbers. */
@NullMarked
package org.factoredos.fleet;

import org.jspecify.annotations.NullMarked;
