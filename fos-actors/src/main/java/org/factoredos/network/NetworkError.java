package org.factoredos.network;

/** Why a socket is not to be had, or is no more. All are definite, but for what a peer did with bytes under way. */
public enum NetworkError {
    PORT_IN_USE("the port is in use"),
    PORT_NOT_PERMITTED("the node may not open that port; those from 1024 on need no privilege"),
    BAD_PORT("a port is a number from 0 to 65535, and one to connect to is at least 1"),
    BAD_HOST("that is no name of a host, and no address"),
    UNKNOWN_HOST("no host has that name"),
    CONNECTION_REFUSED("nobody listens there"),
    HOST_UNREACHABLE("no way leads to that host"),
    CONNECT_TIMED_OUT("the host does not answer"),
    CONNECTION_RESET("the other end has broken the connection"),
    TOO_LARGE("a datagram carries at most 65507 bytes"),
    TOO_MUCH("more was sent than the socket has room for"),
    TOO_MANY_SOCKETS("this node's network server has as many sockets as it can have"),
    NO_DESCRIPTORS("the node's host has no file descriptors left for sockets: 'ulimit -n' gives it more"),
    SOCKET_IN_USE("this process has a socket of that number"),
    SERVER_LOST("the network server of the connection's node is gone, and its connections with it"),
    RETIRING("that network server is being removed and opens no sockets any more; another one does"),
    NO_SUCH_LINE("this server does not know the one who asks, or no more"),
    BUSY("the network server cannot say now"),
    FAILED("the network card has failed");

    private final String sentence;

    NetworkError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
