package license.core;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import license.core.internal.Json;
import license.core.internal.Toml;

/**
 * What a vendor file says.
 *
 * @param server where an agent reaches the vendor's server, as it stands there
 * @param test test licenses are accepted, and real ones are not
 */
record VendorFile(
        String issuer,
        String product,
        Optional<String> realm,
        Optional<String> server,
        boolean test,
        List<VerifyingKey> keys) {
    private static final Set<String> SETTINGS = Set.of("issuer", "product", "realm", "server", "test", "keys");

    static VendorFile parse(String toml) throws LicenseException {
        try {
            return read(Toml.parse(toml));
        } catch (Json.Malformed e) {
            throw new LicenseException(OutcomeCode.UNUSABLE_TRUST, "the vendor file cannot be read: " + e.getMessage());
        }
    }

    private static VendorFile read(Map<String, Object> file) throws Json.Malformed {
        if (!SETTINGS.containsAll(file.keySet())) {
            throw new Json.Malformed("a setting in it is not known");
        }
        String issuer = named(file, "issuer");
        String product = named(file, "product");
        boolean test = false;
        if (file.containsKey("test")) {
            if (!(file.get("test") instanceof Boolean says)) {
                throw new Json.Malformed("test is neither true nor false");
            }
            test = says;
        }
        List<VerifyingKey> keys = VerifyingKey.ofJwks(file.get("keys"));
        if (keys.isEmpty()) {
            throw new Json.Malformed("it has no keys");
        }
        return new VendorFile(issuer, product, optional(file, "realm"), optional(file, "server"), test, keys);
    }

    private static String named(Map<String, Object> file, String setting) throws Json.Malformed {
        String text = Json.text(file, setting);
        if (text.isEmpty()) {
            throw new Json.Malformed(setting + " is empty");
        }
        return text;
    }

    private static Optional<String> optional(Map<String, Object> file, String setting) throws Json.Malformed {
        return file.containsKey(setting) ? Optional.of(Json.text(file, setting)) : Optional.empty();
    }

    Trust trust() {
        Trust trust = Trust.of(issuer, product, realm.orElse(issuer), keys);
        return test ? trust.acceptingTestLicenses() : trust;
    }
}
