/** The network fleet (§3.3): sockets, the same from every tile, over the drivers of the network cards. */
@NullMarked
package org.factoredos.network;

import org.jspecify.annotations.NullMarked;
