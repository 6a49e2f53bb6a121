/** The second machine room: the same microkernels, links, run loops and cores in virtual time, over faulty hardware. */
@NullMarked
package org.factoredos.sim;

import org.jspecify.annotations.NullMarked;
