package license.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import license.core.internal.Base64Url;
import license.core.internal.Texts;

/** A machine's fingerprint, read from the agent's {@code DF1-…} text. */
public final class Fingerprint {
    private static final int LONGEST = 5120;
    private static final int TAG = 4;
    private static final int CHECK = 4;
    private static final int RECORD = 11;
    private static final int PRIVILEGED = 0x80;
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private final String realmTag;
    private final List<Component> components;

    private Fingerprint(String realmTag, List<Component> components) {
        this.realmTag = realmTag;
        this.components = List.copyOf(components);
    }

    /**
     * Reads a {@code DF1-…} text: letters of either case, digits, dashes and blanks.
     *
     * @throws LicenseException {@link OutcomeCode#TEXT_MISSING} to {@link OutcomeCode#TEXT_TOO_LONG}. Texts that are
     *     not the agent's are {@link OutcomeCode#TEXT_NOT_ALONE}; they are read by the Rust core alone
     */
    public static Fingerprint parse(String text, String realm) throws LicenseException {
        String trimmed = Texts.trimAscii(text);
        if (trimmed.isEmpty()) {
            throw fault(OutcomeCode.TEXT_MISSING, "there is no device fingerprint; let the agent print one");
        }
        if (trimmed.length() > LONGEST) {
            throw fault(OutcomeCode.TEXT_TOO_LONG, "the fingerprint text is longer than 5120 bytes");
        }
        if (!isPlain(trimmed)) {
            throw fault(
                    OutcomeCode.TEXT_NOT_ALONE,
                    "this is not a fingerprint alone; paste only the line that begins DF1- and nothing else");
        }
        String rest = trimmed.substring(3);
        if (isOtherVersion(rest)) {
            throw version();
        }
        return read(decode(bare(rest)), realm);
    }

    /** Whether a text begins {@code DF1} and holds nothing but letters, digits, dashes and blanks of ASCII. */
    static boolean isPlain(String text) {
        String trimmed = Texts.trimAscii(text);
        return trimmed.regionMatches(true, 0, "DF1", 0, 3) && trimmed.matches("[A-Za-z0-9 \\t\\n\\r\\f-]*");
    }

    /** {@code DF10-} and so on, with nothing but Base32 after it. */
    private static boolean isOtherVersion(String rest) {
        return rest.matches("[0-9]+-[A-Za-z2-7 \\t\\n\\r\\f-]*") && !bare(rest.substring(rest.indexOf('-'))).isEmpty();
    }

    private static String bare(String text) {
        return text.replaceAll("[ \\t\\n\\r\\f-]", "").toUpperCase(Locale.ROOT);
    }

    /** Base32 of RFC 4648 without padding and with zero trailing bits. */
    private static byte[] decode(String text) throws LicenseException {
        byte[] bytes = new byte[text.length() * 5 / 8];
        int held = 0;
        int bits = 0;
        int to = 0;
        for (int at = 0; at < text.length(); at++) {
            int value = BASE32.indexOf(text.charAt(at));
            if (value < 0) {
                throw checksum();
            }
            held = held << 5 | value;
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes[to++] = (byte) (held >> bits);
                held &= (1 << bits) - 1;
            }
        }
        // Left over are the bits that fill up the last byte: under five of them, all zero.
        if (bits >= 5 || held != 0) {
            throw checksum();
        }
        return bytes;
    }

    private static Fingerprint read(byte[] bytes, String realm) throws LicenseException {
        int body = bytes.length - CHECK;
        if (body < TAG || (body - TAG) % RECORD != 0) {
            throw checksum();
        }
        byte[] hash = Texts.sha256(Arrays.copyOf(bytes, body));
        if (!Arrays.equals(bytes, body, bytes.length, hash, 0, CHECK)) {
            throw checksum();
        }
        String tag = Base64Url.encode(Arrays.copyOf(bytes, TAG));
        if (!tag.equals(realmTag(realm))) {
            throw fault(
                    OutcomeCode.TEXT_REALM,
                    "the fingerprint was made for another vendor; collect it with this vendor's agent");
        }
        List<Component> components = new ArrayList<>();
        for (int at = TAG; at < body; at += RECORD) {
            Kind kind = Kind.ofByte(bytes[at] & ~PRIVILEGED & 0xFF).orElse(null);
            if (kind == null) {
                throw version();
            }
            String digest = Base64Url.encode(Arrays.copyOfRange(bytes, at + 1, at + RECORD));
            components.add(new Component(kind, digest, (bytes[at] & PRIVILEGED) != 0));
        }
        for (int at = TAG + RECORD; at < body; at += RECORD) {
            if (Arrays.compareUnsigned(bytes, at - RECORD, at, bytes, at, at + RECORD) >= 0) {
                throw malformed("the components are not in order");
            }
        }
        checkSet(components);
        return new Fingerprint(tag, components);
    }

    private static void checkSet(List<Component> components) throws LicenseException {
        for (Kind kind : Kind.values()) {
            if (count(components, kind) > kind.limit()) {
                throw fault(
                        OutcomeCode.TEXT_TOO_MANY,
                        "the fingerprint lists too many values of kind " + kind.word() + "; leave the others out");
            }
        }
        long different = components.stream().map(c -> c.kind() + c.digest()).distinct().count();
        if (different > 1 && count(components, Kind.CUSTOM) > 0) {
            throw malformed("a custom id stands alone");
        }
        if (components.stream().noneMatch(c -> c.kind().isAnchor())) {
            throw fault(OutcomeCode.TEXT_NO_ANCHOR, "nothing in the fingerprint names one machine");
        }
        if (different < components.size()) {
            throw malformed("a component is there twice");
        }
    }

    /** Different values of a kind: one that stands with and without the bit for rights is one. */
    private static long count(List<Component> components, Kind kind) {
        return components.stream().filter(c -> c.kind() == kind).map(Component::digest).distinct().count();
    }

    private static LicenseException checksum() {
        return fault(
                OutcomeCode.TEXT_CHECKSUM, "the fingerprint text is incomplete or mistyped; copy all of it again");
    }

    private static LicenseException version() {
        return fault(
                OutcomeCode.TEXT_VERSION,
                "the fingerprint is of a version that this program does not know; update it");
    }

    private static LicenseException malformed(String why) {
        return fault(OutcomeCode.TEXT_MALFORMED, "the fingerprint is malformed: " + why);
    }

    private static LicenseException fault(OutcomeCode code, String message) {
        return new LicenseException(code, message);
    }

    /** The first four bytes of SHA-256("device-fingerprint/v1" ‖ 0 ‖ realm), in base64url. */
    static String realmTag(String realm) {
        byte[] key = Texts.sha256(("device-fingerprint/v1\0" + realm).getBytes(StandardCharsets.UTF_8));
        return Base64Url.encode(Arrays.copyOf(key, TAG));
    }

    /** Under whose name the digests were made, 4 bytes in base64url. */
    public String realmTag() {
        return realmTag;
    }

    /** What it is made of, by kind. */
    public List<Component> components() {
        return components;
    }

    @Override
    public String toString() {
        return "Fingerprint(" + components.size() + " components)";
    }
}
