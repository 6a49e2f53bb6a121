/** Owned slices: which member has each, their journal, and the host of their owners. */
@NullMarked
package org.factoredos.slice;

import org.jspecify.annotations.NullMarked;
