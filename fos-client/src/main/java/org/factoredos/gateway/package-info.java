/** Shells from other machines: each session over SSH has a terminal driver and a shell on tiles of their own. */
@NullMarked
package org.factoredos.gateway;

import org.jspecify.annotations.NullMarked;
