package license.core.internal;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Texts and bytes as the formats have them. */
public final class Texts {
    private Texts() {}

    /** The text without white space of ASCII at both ends: blank, tab, line feed, form feed, carriage return. */
    public static String trimAscii(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && isAsciiSpace(text.charAt(from))) {
            from++;
        }
        while (to > from && isAsciiSpace(text.charAt(to - 1))) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean isAsciiSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    }

    /** Length in bytes of UTF-8. */
    public static int utf8Length(String text) {
        int bytes = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            // Each half of a surrogate pair stands for two of its four bytes.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    /** The text of UTF-8 bytes; null if they are none. */
    public static String fromUtf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** Whether a text has half of a surrogate pair, which is no Unicode. */
    public static boolean hasLoneSurrogate(CharSequence text) {
        return !StandardCharsets.UTF_8.newEncoder().canEncode(CharBuffer.wrap(text));
    }

    /** SHA-256. */
    public static byte[] sha256(byte[] bytes) {
        return digest("SHA-256").digest(bytes);
    }

    /** A digest that every Java platform has. */
    public static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(algorithm + " is missing from this Java", e);
        }
    }

    /** The text cut to a length and without what is hostile to a terminal, to be shown in an error. */
    public static String shown(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(160).forEach(c -> line.appendCodePoint(isShown(c) ? c : '?'));
        return line.toString();
    }

    private static boolean isShown(int c) {
        return c < 0x80 ? c >= ' ' && c != 0x7F : Character.isLetterOrDigit(c);
    }
}
