/** The start of one node: which servers run where, in which order, and what each waits for. */
@NullMarked
package org.factoredos.boot;

import org.jspecify.annotations.NullMarked;
