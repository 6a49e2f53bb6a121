/** The way between nodes: links over Akka's Artery, in a binary format of our own. */
@NullMarked
package org.factoredos.transport;

import org.jspecify.annotations.NullMarked;
