package license.core.internal;

import java.util.Arrays;
import java.util.Base64;

/**
 * Strict base64url of <a href="https://www.rfc-editor.org/rfc/rfc4648#section-5">RFC 4648, section 5</a>: no padding,
 * no other alphabet, no stray bits in the last character. The decoder of the JDK lets padding and stray bits pass.
 */
public final class Base64Url {
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for (int value = 0; value < alphabet.length(); value++) {
            VALUES[alphabet.charAt(value)] = (byte) value;
        }
    }

    private Base64Url() {}

    /** The text of bytes. */
    public static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The bytes of a text; null if it is not their one spelling. */
    public static byte[] decode(String text) {
        int length = text.length();
        if (length % 4 == 1) {
            return null;
        }
        byte[] bytes = new byte[length * 6 / 8];
        int held = 0;
        int bits = 0;
        int to = 0;
        for (int at = 0; at < length; at++) {
            char c = text.charAt(at);
            int value = c < 128 ? VALUES[c] : -1;
            if (value < 0) {
                return null;
            }
            held = held << 6 | value;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                bytes[to++] = (byte) (held >> bits);
                held &= (1 << bits) - 1;
            }
        }
        return held == 0 ? bytes : null;
    }

    /** Exactly so many bytes, or null. */
    public static byte[] decode(String text, int length) {
        byte[] bytes = text.length() == (length * 8 + 5) / 6 ? decode(text) : null;
        return bytes != null && bytes.length == length ? bytes : null;
    }

    /** Whether a text is the spelling of so many bytes. */
    public static boolean is(Object text, int length) {
        return text instanceof String spelled && decode(spelled, length) != null;
    }
}
