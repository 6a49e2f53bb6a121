package org.factoredos.router;

/** What goes between the routers and the routees of different nodes. */
interface RouterMessage {}
