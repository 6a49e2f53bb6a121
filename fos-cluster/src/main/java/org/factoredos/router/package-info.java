/** Chooses members of sets for the name front (§3.4). */
@NullMarked
package org.factoredos.router;

import org.jspecify.annotations.NullMarked;
