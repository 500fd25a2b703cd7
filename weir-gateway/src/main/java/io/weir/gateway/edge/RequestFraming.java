package io.weir.gateway.edge;

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
    /** A chunk's size with its extensions, or a trailer field. */
    private static final int MAX_BODY_LINE = 256;

    /** The objects of a header field in the request and in its copy for the upstream. */
    private static final int FIELD_HEAP = 200;

    private static final int USUAL_LINE = 256;
    /** The longest line for which room is kept. */
    private static final int LINE_KEPT = 1024;

    private static final int MAX_REQUEST_LINE = 8 * 1024;
    private static final int MAX_SIZE_DIGITS = 8;
    private static final int MAX_LENGTH_DIGITS = 15;
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
    private final int maxFields;
    private State state = State.REQUEST_LINE;
    private byte[] line = new byte[USUAL_LINE];
    private int length;
    private int headBytes;
    private int fields;
    private int heaviestHead;
    private boolean carriageReturn;
    private boolean http10;
    private boolean chunked;
    private boolean hasHost;
    private boolean emptyLine;
    private byte @Nullable [] authority;
    private long contentLength = -1;
    private long remaining;
    private int headsBegun;
    private int bodiesEnded;
    private int status = 400;

    RequestFraming(int maxHeadBytes, int maxFields) {
        this.maxHeadBytes = maxHeadBytes;
        this.maxFields = maxFields;
    }

    /** Whether bytes of a head have arrived and its end has not. */
    boolean isInHead() {
        return state == State.HEADER_LINE || (state == State.REQUEST_LINE && length > 0);
    }

    /** Whether a head has arrived whole and its body has not. */
    boolean isInBody() {
        return state != State.REQUEST_LINE && state != State.HEADER_LINE;
    }

    /** Whether the last byte was within a line, so that the decoder keeps the buffer that it came in. */
    boolean isInLine() {
        return length > 0 || carriageReturn;
    }

    /**
     * What the heaviest head takes on the heap, in bytes, of those that were begun since {@link #forgetHeads}: its text
     * as received and as sent on, and the objects of its fields.
     */
    int heaviestHead() {
        return Math.max(heaviestHead, weight());
    }

    /** Notes that every head before the one being received is gone. */
    void forgetHeads() {
        heaviestHead = 0;
    }

    private int weight() {
        return 2 * headBytes + FIELD_HEAP * fields;
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
            if (line.length > LINE_KEPT) {
                line = new byte[USUAL_LINE];
            }
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
            fields = 0;
        }
        if (length == line.length) {
            line = Arrays.copyOf(line, 2 * length);
        }
        line[length++] = b;
        return count();
    }

    private @Nullable String count() {
        boolean inBody = state == State.CHUNK_SIZE || state == State.CHUNK_END;
        // Chunk extensions and trailers are paid for like headers; what is but the size of a chunk is not.
        if ((!inBody || length > MAX_SIZE_DIGITS) && ++headBytes > maxHeadBytes) {
            status = 431;
            return "a head of more than " + maxHeadBytes + " bytes";
        }
        if (state == State.REQUEST_LINE && length >= Math.min(MAX_REQUEST_LINE, maxHeadBytes)) {
            status = 414;
            return "a request line of " + length + " bytes or more";
        }
        return inBody && length > MAX_BODY_LINE ? "a chunk size that is too long" : null;
    }

    private @Nullable String line() {
        return switch (state) {
            case REQUEST_LINE -> length == 0 ? lineBeforeRequest() : requestLine();
            case HEADER_LINE -> length == 0 ? endHead() : headerLine();
            case CHUNK_SIZE -> chunkSize();
            case CHUNK_END -> chunkEnd();
            case TRAILER -> trailer();
            case FIXED_BODY, CHUNK_DATA -> "a line in a body";
        };
    }

    /** One empty line ahead of a request is ignored (RFC 9112, section 2.2): some old clients end a body with one. */
    private @Nullable String lineBeforeRequest() {
        headBytes = 0;
        if (emptyLine) {
            return "a request line that is empty";
        }
        emptyLine = true;
        return null;
    }

    private @Nullable String requestLine() {
        int methodEnd = indexOf((byte) ' ', 0);
        int targetEnd = methodEnd < 0 ? -1 : indexOf((byte) ' ', methodEnd + 1);
        if (methodEnd < 1 || targetEnd < 0 || !isToken(0, methodEnd)) {
            return "a request line that is not METHOD SP TARGET SP VERSION";
        }
        for (int i = methodEnd + 1; i < targetEnd; i++) {
            if (line[i] <= ' ') {
                return "a request target that is not ASCII";
            }
            if (line[i] == '#') {
                return "a request target with a fragment";
            }
        }
        authority = null;
        if (line[methodEnd + 1] != '/') {
            authority = authority(methodEnd + 1, targetEnd);
            if (authority == null) {
                return "a request target that is neither a path nor an http URL";
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
        emptyLine = false;
        contentLength = -1;
        state = State.HEADER_LINE;
        return null;
    }

    private @Nullable String headerLine() {
        if (++fields > maxFields) {
            return tooManyFields();
        }
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
            String host = text(colon + 1, length).strip();
            if (authority != null && !host.equalsIgnoreCase(new String(authority, StandardCharsets.ISO_8859_1))) {
                return "a request target of another host than its Host header";
            }
        }
        return null;
    }

    /** What stands between the scheme and the path of a target in absolute form (RFC 9112, section 3.2.2), or null. */
    private byte @Nullable [] authority(int start, int end) {
        int scheme = isNameAt(start, "http://") ? 7 : isNameAt(start, "https://") ? 8 : 0;
        if (scheme == 0) {
            return null;
        }
        int slash = indexOf((byte) '/', start + scheme);
        return slash > start + scheme && slash < end ? Arrays.copyOfRange(line, start + scheme, slash) : null;
    }

    private @Nullable String contentLength(String value) {
        if (contentLength >= 0) {
            return "more than one Content-Length";
        }
        if (value.isEmpty() || value.length() > MAX_LENGTH_DIGITS || !isDigits(value)) {
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
        if (!hasHost && (!http10 || authority != null)) {
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
        int semicolon = indexOf((byte) ';', 0);
        int digits = semicolon < 0 ? length : semicolon;
        if (digits < 1 || digits > MAX_SIZE_DIGITS) {
            return "a chunk size that is not a hexadecimal number";
        }
        // What extensions say is ignored; white space and what is not ASCII is read differently by parsers.
        for (int i = digits; i < length; i++) {
            if (line[i] <= ' ') {
                return "a chunk extension that is not of visible ASCII characters";
            }
        }
        long size = 0;
        for (int i = 0; i < digits; i++) {
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
        if (length == 0) {
            endRequest();
            return null;
        }
        if (++fields > maxFields) {
            return tooManyFields();
        }
        // A trailer field is thrown away, unless another parser might take it for framing.
        int colon = indexOf((byte) ':', 0);
        if (colon < 1 || !isToken(0, colon)) {
            return "a trailer line without a valid name";
        }
        boolean frames = isName(colon, "content-length")
                || isName(colon, "transfer-encoding")
                || isName(colon, "host")
                || isName(colon, "connection");
        return frames ? "a trailer that frames a message" : null;
    }

    private String tooManyFields() {
        status = 431;
        return "more than " + maxFields + " header fields";
    }

    private void endRequest() {
        heaviestHead = heaviestHead();
        state = State.REQUEST_LINE;
        headBytes = 0;
        fields = 0;
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
        return end == lowerCase.length() && isNameAt(0, lowerCase);
    }

    private boolean isNameAt(int start, String lowerCase) {
        if (length < start + lowerCase.length()) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (Character.toLowerCase(line[start + i]) != lowerCase.charAt(i)) {
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
