package io.weir.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Finds out whether a port speaks TLS, to say so to a person. Sends nothing but a handshake, and believes nothing that
 * it is told.
 */
final class TlsProbe {
    private static final int MILLIS = 2_000;

    private TlsProbe() {}

    /** Whether a handshake failed because the other side does not speak TLS at all. */
    static boolean isPlain(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return failure instanceof SSLException
                && (message.contains("Unrecognized SSL message") || message.contains("unrecognized SSL message"));
    }

    /**
     * Whether a TLS handshake there ends well, or brings a certificate that is not trusted. Takes a few seconds at
     * most.
     */
    static boolean speaksTls(String host, int port) {
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(host, port), MILLIS);
            plain.setSoTimeout(MILLIS);
            SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
            try (SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true)) {
                socket.startHandshake();
                return true;
            }
        } catch (IOException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof GeneralSecurityException) {
                    return true;
                }
            }
            return false;
        }
    }
}
