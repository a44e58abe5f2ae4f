package license.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import license.core.internal.Base64Url;
import license.core.internal.Json;
import license.core.internal.Texts;

/**
 * A signed key set that was verified: which keys may be trusted, and which no longer.
 *
 * @param token as it was received
 * @param signer the id of the key that signed it, which is among its keys
 * @param sequence rises with every set of the vendor
 */
record KeySet(String token, String signer, long sequence, List<VerifyingKey> keys, List<String> distrusted) {
    private static final int MOST_KEYS = 32;
    private static final int MOST_DISTRUSTED = 64;

    /** Checks form, key, signature, claims and issuer, in that order. */
    static KeySet verify(String text, List<VerifyingKey> trusted, String issuer) throws LicenseException {
        Compact compact;
        try {
            compact = Compact.split(text, "license-keys+jwt");
        } catch (Json.Malformed e) {
            throw malformed(e);
        }
        VerifyingKey key = VerifyingKey.find(trusted, compact.kid());
        if (key == null) {
            throw new LicenseException(
                    OutcomeCode.KEY_SET_UNKNOWN_KEY,
                    "the key set was signed with key " + compact.kid() + ", which is not trusted here");
        }
        if (!key.verifies(compact.signingInput(), compact.signature())) {
            throw new LicenseException(
                    OutcomeCode.KEY_SET_SIGNATURE,
                    "the signature of the key set does not fit: it was changed or forged");
        }
        Map<String, Object> claims;
        KeySet set;
        try {
            claims = Json.parseObject(compact.payload());
            set = read(claims, compact);
        } catch (Json.Malformed e) {
            throw malformed(e);
        }
        if (!issuer.equals(claims.get("iss"))) {
            throw new LicenseException(
                    OutcomeCode.KEY_SET_ISSUER, "the key set is from another vendor, not from " + issuer);
        }
        return set;
    }

    private static LicenseException malformed(Json.Malformed e) {
        return new LicenseException(OutcomeCode.KEY_SET_MALFORMED, "this is not a key set: " + e.getMessage());
    }

    private static KeySet read(Map<String, Object> claims, Compact compact) throws Json.Malformed {
        int issuer = Texts.utf8Length(Json.text(claims, "iss"));
        if (issuer < 1 || issuer > 256) {
            throw new Json.Malformed("its issuer is not 1 to 256 bytes long");
        }
        long sequence = Json.number(claims, "seq", 1, (1L << 53) - 1);
        // For people: nothing is compared with it.
        Json.number(claims, "iat", Long.MIN_VALUE, Long.MAX_VALUE);
        List<VerifyingKey> keys = VerifyingKey.ofJwks(claims.get("keys"));
        List<String> distrusted = new ArrayList<>();
        if (claims.containsKey("distrusted")) {
            for (Object kid : Json.list(claims.get("distrusted"), "distrusted")) {
                if (!Base64Url.is(kid, 32)) {
                    throw new Json.Malformed("a distrusted key has no key id");
                }
                distrusted.add((String) kid);
            }
        }
        if (keys.size() > MOST_KEYS || distrusted.size() > MOST_DISTRUSTED) {
            throw new Json.Malformed("it names too many keys");
        }
        if (keys.stream().anyMatch(key -> distrusted.contains(key.id()))) {
            throw new Json.Malformed("a key is both trusted and distrusted in it");
        }
        if (VerifyingKey.find(keys, compact.kid()) == null) {
            throw new Json.Malformed("the key that signed it is not among its keys");
        }
        return new KeySet(compact.token(), compact.kid(), sequence, keys, distrusted);
    }
}
