/** The device behind the driver of a network card: the host's sockets, by Akka's TCP and UDP. */
@NullMarked
package org.factoredos.socket;

import org.jspecify.annotations.NullMarked;
