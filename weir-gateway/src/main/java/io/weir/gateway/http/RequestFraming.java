package io.weir.gateway.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/*
 * Follows the bytes of a connection from request to request, beside the HTTP decoder and ahead of it, and accepts only
 * what every parser reads alike (RFC 9112, sections 2.2, 5, 6 and 11.2). Decoders repair much of the rest (a folded
 * line, a bare LF, two agreeing lengths); a second parser behind this one may repair it otherwise, and that is how
 * requests are smuggled.
 */

/** Judges the framing of HTTP/1.1 requests strictly. Confined to one connection's event loop. */
final class RequestFraming {
    private static final int LARGEST_CHUNK_LINE = 16;
    private static final int MOST_LENGTH_DIGITS = 15;
    private static final String TOKEN = "!#$%&'*+-.^_`|~";

    private enum State {
        REQUEST_LINE,
        HEADER_LINE,
        FIXED_BODY,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILER
    }

    private final int maxHeadBytes;
    private State state = State.REQUEST_LINE;
    private byte[] line = new byte[256];
    private int length;
    private int headBytes;
    private boolean carriageReturn;
    private boolean http10;
    private boolean chunked;
    private boolean hasHost;
    private long contentLength = -1;
    private long remaining;
    private int headsBegun;
    private int bodiesEnded;
    private int status = 400;

    RequestFraming(int maxHeadBytes) {
        this.maxHeadBytes = maxHeadBytes;
    }

    /** Whether bytes of a head have arrived and its end has not. */
    boolean isInHead() {
        return state == State.HEADER_LINE || (state == State.REQUEST_LINE && length > 0);
    }

    /** Whether a head has arrived whole and its body has not. */
    boolean isInBody() {
        return state != State.REQUEST_LINE && state != State.HEADER_LINE;
    }

    /** How many heads have begun; changes when the next one does. */
    int headsBegun() {
        return headsBegun;
    }

    /** How many requests have arrived whole. */
    int bodiesEnded() {
        return bodiesEnded;
    }

    /** The HTTP status of the fault that {@link #accept} found. */
    int status() {
        return status;
    }

    /** Follows the bytes, without consuming them; returns what is wrong with them, or null. */
    @Nullable
    String accept(ByteBuf bytes) {
        int index = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (index < end) {
            if (state == State.FIXED_BODY || state == State.CHUNK_DATA) {
                int skipped = (int) Math.min(remaining, end - index);
                index += skipped;
                remaining -= skipped;
                if (remaining == 0) {
                    afterData();
                }
                continue;
            }
            String fault = accept(bytes.getByte(index++));
            if (fault != null) {
                return fault;
            }
        }
        return null;
    }

    private void afterData() {
        if (state == State.CHUNK_DATA) {
            state = State.CHUNK_END;
        } else {
            endRequest();
        }
    }

    private @Nullable String accept(byte b) {
        if (carriageReturn) {
            carriageReturn = false;
            if (b != '\n') {
                return "a carriage return that does not end a line";
            }
            String fault = line();
            length = 0;
            return fault;
        }
        if (b == '\r') {
            carriageReturn = true;
            return count();
        }
        if (b == '\n') {
            return "a line that ends without a carriage return";
        }
        if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
            return "a control character";
        }
        if (length == 0 && state == State.REQUEST_LINE) {
            headsBegun++;
            headBytes = 0;
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, 2 * length);
        }
        line[length++] = b;
        return count();
    }

    private @Nullable String count() {
        boolean inHead = state == State.REQUEST_LINE || state == State.HEADER_LINE;
        if (inHead && ++headBytes > maxHeadBytes) {
            status = 431;
            return "a head of more than " + maxHeadBytes + " bytes";
        }
        return !inHead && length > LARGEST_CHUNK_LINE ? "a chunk size that is too long" : null;
    }

    private @Nullable String line() {
        return switch (state) {
            case REQUEST_LINE -> requestLine();
            case HEADER_LINE -> length == 0 ? endHead() : headerLine();
            case CHUNK_SIZE -> chunkSize();
            case CHUNK_END -> chunkEnd();
            case TRAILER -> trailer();
            case FIXED_BODY, CHUNK_DATA -> "a line in a body";
        };
    }

    private @Nullable String requestLine() {
        int methodEnd = indexOf((byte) ' ', 0);
        int targetEnd = methodEnd < 0 ? -1 : indexOf((byte) ' ', methodEnd + 1);
        if (methodEnd < 1 || targetEnd < 0 || !isToken(0, methodEnd)) {
            return "a request line that is not METHOD SP TARGET SP VERSION";
        }
        if (line[methodEnd + 1] != '/') {
            return "a request target that does not begin with /";
        }
        for (int i = methodEnd + 1; i < targetEnd; i++) {
            if (line[i] <= ' ') {
                return "a request target that is not ASCII";
            }
        }
        String version = text(targetEnd + 1, length);
        if (!version.equals("HTTP/1.1") && !version.equals("HTTP/1.0")) {
            status = 505;
            return "a version other than HTTP/1.1 and HTTP/1.0";
        }
        http10 = version.equals("HTTP/1.0");
        chunked = false;
        hasHost = false;
        contentLength = -1;
        state = State.HEADER_LINE;
        return null;
    }

    private @Nullable String headerLine() {
        if (line[0] == ' ' || line[0] == '\t') {
            return "a folded header line";
        }
        int colon = indexOf((byte) ':', 0);
        if (colon < 1 || !isToken(0, colon)) {
            return "a header line without a valid name";
        }
        if (isName(colon, "content-length")) {
            return contentLength(text(colon + 1, length).strip());
        }
        if (isName(colon, "transfer-encoding")) {
            return transferEncoding(text(colon + 1, length).strip());
        }
        if (isName(colon, "host")) {
            if (hasHost) {
                return "more than one Host header";
            }
            hasHost = true;
        }
        return null;
    }

    private @Nullable String contentLength(String value) {
        if (contentLength >= 0) {
            return "more than one Content-Length";
        }
        if (value.isEmpty() || value.length() > MOST_LENGTH_DIGITS || !isDigits(value)) {
            return "a Content-Length that is not a number";
        }
        contentLength = Long.parseLong(value);
        return null;
    }

    private static boolean isDigits(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '0' || value.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private @Nullable String transferEncoding(String value) {
        if (chunked) {
            return "more than one Transfer-Encoding";
        }
        if (http10) {
            return "a Transfer-Encoding in HTTP/1.0";
        }
        if (!value.toLowerCase(Locale.ROOT).equals("chunked")) {
            status = 501;
            return "a Transfer-Encoding other than chunked";
        }
        chunked = true;
        return null;
    }

    private @Nullable String endHead() {
        if (chunked && contentLength >= 0) {
            return "both a Content-Length and a Transfer-Encoding";
        }
        if (!hasHost && !http10) {
            return "no Host header";
        }
        if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (contentLength > 0) {
            remaining = contentLength;
            state = State.FIXED_BODY;
        } else {
            endRequest();
        }
        return null;
    }

    private @Nullable String chunkSize() {
        if (length < 1 || length > 8) {
            return "a chunk size that is not a hexadecimal number";
        }
        long size = 0;
        for (int i = 0; i < length; i++) {
            int digit = Character.digit(line[i], 16);
            if (digit < 0) {
                return "a chunk size that is not a hexadecimal number";
            }
            size = size * 16 + digit;
        }
        remaining = size;
        state = size == 0 ? State.TRAILER : State.CHUNK_DATA;
        return null;
    }

    private @Nullable String chunkEnd() {
        if (length > 0) {
            return "a chunk that is longer than its size";
        }
        state = State.CHUNK_SIZE;
        return null;
    }

    private @Nullable String trailer() {
        if (length > 0) {
            return "a trailer";
        }
        endRequest();
        return null;
    }

    private void endRequest() {
        state = State.REQUEST_LINE;
        bodiesEnded++;
    }

    private int indexOf(byte wanted, int from) {
        for (int i = from; i < length; i++) {
            if (line[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private boolean isName(int end, String lowerCase) {
        if (end != lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < end; i++) {
            if (Character.toLowerCase(line[i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** RFC 9110, section 5.6.2. */
    private boolean isToken(int start, int end) {
        for (int i = start; i < end; i++) {
            byte b = line[i];
            boolean letterOrDigit = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
            if (!letterOrDigit && TOKEN.indexOf(b) < 0) {
                return false;
            }
        }
        return end > start;
    }

    private String text(int start, int end) {
        return new String(line, start, end - start, StandardCharsets.ISO_8859_1);
    }
}
