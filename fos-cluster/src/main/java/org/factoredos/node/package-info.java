/** One node of the grid: its configuration, its membership in the cluster and its main. */
@NullMarked
package org.factoredos.node;

import org.jspecify.annotations.NullMarked;
