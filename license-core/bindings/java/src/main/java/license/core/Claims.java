package license.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import license.core.internal.Base64Url;
import license.core.internal.Json;
import license.core.internal.Texts;

/**
 * What a license says; times in seconds since 1970.
 *
 * @param exp the first second in which it is not valid; null if it is perpetual
 * @param dev null for no device in particular
 * @param deviceKey the {@code jkt} of {@code cnf}; null where it names none
 */
record Claims(
        String iss, String aud, String sub, String jti, long iat, long nbf, Long exp, Binding dev, long qty,
        List<String> feat, long grace, boolean trial, boolean test, String deviceKey) {
    /** The end of the year 9999. */
    private static final long LAST_SECOND = 253_402_300_799L;

    private static final long LARGEST = 0xFFFF_FFFFL;

    /** How far a clock may be behind when a license begins, in seconds. */
    private static final long NOT_BEFORE_LEEWAY = 300;

    /** Reads the payload of a license whose signature was verified; claims that are not known are ignored. */
    static Claims read(byte[] payload) throws Json.Malformed {
        Map<String, Object> json = Json.parseObject(payload);
        List<String> features = new ArrayList<>();
        for (Object feature : Json.list(json.get("feat"), "feat")) {
            features.add(text(feature, "feat"));
        }
        long nbf = Json.number(json, "nbf", 0, LAST_SECOND);
        Claims claims =
                new Claims(
                        text(json.get("iss"), "iss"),
                        text(json.get("aud"), "aud"),
                        text(json.get("sub"), "sub"),
                        text(json.get("jti"), "jti"),
                        Json.number(json, "iat", 0, LAST_SECOND),
                        nbf,
                        json.containsKey("exp") ? (Long) Json.number(json, "exp", nbf + 1, LAST_SECOND) : null,
                        json.containsKey("dev") ? Binding.read(json.get("dev")) : null,
                        Json.number(json, "qty", 1, LARGEST),
                        List.copyOf(features),
                        json.containsKey("grace") ? Json.number(json, "grace", 0, LARGEST) : 0,
                        flag(json, "trial"),
                        flag(json, "test"),
                        json.containsKey("cnf") ? deviceKey(json.get("cnf")) : null);
        if (claims.trial && claims.grace > 0) {
            throw new Json.Malformed("a trial has no grace");
        }
        return claims;
    }

    private static String text(Object value, String claim) throws Json.Malformed {
        if (value instanceof String text && !text.isEmpty() && Texts.utf8Length(text) <= 256) {
            return text;
        }
        throw new Json.Malformed(claim + " is no text of 1 to 256 bytes");
    }

    private static boolean flag(Map<String, Object> json, String claim) throws Json.Malformed {
        if (!json.containsKey(claim)) {
            return false;
        }
        if (json.get(claim) instanceof Boolean flag) {
            return flag;
        }
        throw new Json.Malformed(claim + " is neither true nor false");
    }

    /** Other members, and other ways to name a key, are passed over. */
    private static String deviceKey(Object value) throws Json.Malformed {
        Map<String, Object> cnf = Json.object(value, "cnf");
        if (!cnf.containsKey("jkt")) {
            return null;
        }
        if (!Base64Url.is(cnf.get("jkt"), 32)) {
            throw new Json.Malformed("the jkt of cnf is no key id");
        }
        return (String) cnf.get("jkt");
    }

    /** Where the license stands at a time: active, in grace, not yet valid or expired. */
    OutcomeCode stateAt(long now) {
        if (now < nbf - NOT_BEFORE_LEEWAY) {
            return OutcomeCode.NOT_YET_VALID;
        }
        if (exp == null || now < exp) {
            return OutcomeCode.ACTIVE;
        }
        return now < end() ? OutcomeCode.GRACE : OutcomeCode.EXPIRED;
    }

    /** The first second in which it no longer works; of a license that ends. */
    long end() {
        return exp + grace;
    }
}
