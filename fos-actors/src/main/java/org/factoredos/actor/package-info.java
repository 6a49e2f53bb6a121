/** The machine room: Akka actors that host microkernels, servers and programs. No other package here knows Akka. */
@NullMarked
package org.factoredos.actor;

import org.jspecify.annotations.NullMarked;
