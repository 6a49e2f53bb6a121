package org.factoredos.socket;

import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.factoredos.network.NetworkError;

/** Addresses and failures of the host, as fos says them. */
final class Addresses {
    private Addresses() {}

    /** Such as {@code 10.0.0.1:80} or {@code [::1]:80}. */
    static String text(InetSocketAddress address) {
        String host = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Why a port was not opened. */
    static NetworkError ofBind(Optional<Throwable> cause) {
        for (Throwable each = cause.orElse(null); each != null; each = each.getCause()) {
            boolean denied = String.valueOf(each.getMessage())
                    .toLowerCase(java.util.Locale.ROOT)
                    .contains("denied");
            if (each instanceof SocketException && denied) {
                return NetworkError.PORT_NOT_PERMITTED;
            }
            if (each instanceof BindException) {
                return NetworkError.PORT_IN_USE;
            }
        }
        return NetworkError.FAILED;
    }

    /** Why nobody was reached. */
    static NetworkError ofConnect(Optional<Throwable> cause) {
        for (Throwable each = cause.orElse(null); each != null; each = each.getCause()) {
            switch (each) {
                case UnknownHostException unknown -> {
                    return NetworkError.UNKNOWN_HOST;
                }
                case UnresolvedAddressException unknown -> {
                    return NetworkError.UNKNOWN_HOST;
                }
                case NoRouteToHostException none -> {
                    return NetworkError.HOST_UNREACHABLE;
                }
                case SocketTimeoutException late -> {
                    return NetworkError.CONNECT_TIMED_OUT;
                }
                case TimeoutException late -> {
                    return NetworkError.CONNECT_TIMED_OUT;
                }
                case ConnectException refused -> {
                    return String.valueOf(refused.getMessage()).contains("timed out")
                            ? NetworkError.CONNECT_TIMED_OUT
                            : NetworkError.CONNECTION_REFUSED;
                }
                case SocketException other
                when String.valueOf(other.getMessage()).contains("unreachable") -> {
                    return NetworkError.HOST_UNREACHABLE;
                }
                default -> {}
            }
        }
        // Akka gives no cause where its own patience has ended.
        return cause.isEmpty() ? NetworkError.CONNECT_TIMED_OUT : NetworkError.FAILED;
    }
}
