package license.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import license.core.internal.Texts;

/**
 * What a verifier goes by: the vendor, the product and the keys that a license must agree with. Immutable.
 *
 * <p>Licenses are real or for tests; a trust accepts one kind and never both.
 */
public final class Trust {
    /** Longest vendor file that is read, in bytes. */
    private static final int LONGEST_FILE = 1 << 20;

    private final String issuer;
    private final String product;
    private final String realm;
    private final boolean test;
    private final boolean possession;
    private final LearnedKeys learned;
    private final List<VerifyingKey> keys;

    private Trust(String issuer, String product, String realm, boolean test, boolean possession, LearnedKeys learned) {
        this.issuer = issuer;
        this.product = product;
        this.realm = realm;
        this.test = test;
        this.possession = possession;
        this.learned = learned;
        this.keys = List.copyOf(learned.keys());
    }

    /**
     * Accepts real licenses of a vendor for a product code, signed by one of the keys, for devices whose digests were
     * made under the realm, which is the issuer unless the vendor file says another.
     */
    public static Trust of(String issuer, String product, String realm, List<VerifyingKey> keys) {
        List<VerifyingKey> own = keys.stream().distinct().toList();
        Objects.requireNonNull(product, "product");
        Objects.requireNonNull(realm, "realm");
        LearnedKeys learned = new LearnedKeys(own, Objects.requireNonNull(issuer, "issuer"));
        return new Trust(issuer, product, realm, false, false, learned);
    }

    /**
     * Reads the text of a vendor file, which {@code license-server keys export --agent} writes.
     *
     * @throws LicenseException {@link OutcomeCode#UNUSABLE_TRUST}
     */
    public static Trust fromVendorFile(String toml) throws LicenseException {
        return VendorFile.parse(toml).trust();
    }

    /**
     * Reads a vendor file.
     *
     * @throws LicenseException {@link OutcomeCode#UNUSABLE_TRUST}, also where the file cannot be read
     */
    public static Trust fromVendorFile(Path file) throws LicenseException {
        byte[] bytes;
        try {
            bytes = SmallFile.read(file, LONGEST_FILE);
        } catch (IOException e) {
            throw new LicenseException(
                    OutcomeCode.UNUSABLE_TRUST, "the vendor file " + file + " cannot be read: " + e.getMessage(), e);
        }
        String text = bytes.length > LONGEST_FILE ? null : Texts.fromUtf8(bytes);
        if (text == null) {
            throw new LicenseException(
                    OutcomeCode.UNUSABLE_TRUST, "the vendor file " + file + " is too long, or no UTF-8");
        }
        return fromVendorFile(text);
    }

    /** The same trust for test licenses in place of real ones. */
    public Trust acceptingTestLicenses() {
        return new Trust(issuer, product, realm, true, possession, learned);
    }

    /** The same trust for real licenses in place of test ones. */
    public Trust acceptingRealLicenses() {
        return new Trust(issuer, product, realm, false, possession, learned);
    }

    /**
     * The same trust for licenses whose machine proves that it has the key they name: a copied file is then no copied
     * license. Verifying without a {@link PossessionChallenge} refuses all licenses under it.
     */
    public Trust requiringPossession() {
        return new Trust(issuer, product, realm, test, true, learned);
    }

    /**
     * The same trust with signed key sets taken in, one on a line and the oldest first, as {@link
     * LicenseFile#learnedKeys()} gives them. Nothing in the text is believed by itself; a set that cannot be taken
     * teaches nothing.
     */
    public Trust learning(String sets) {
        return learn(sets).trust();
    }

    /** As {@link #learning}, and says why the last set was not taken. */
    public Learned learn(String sets) {
        LearnedKeys longer = learned.copy();
        LicenseException fault = longer.extend(sets);
        return new Learned(new Trust(issuer, product, realm, test, possession, longer), Optional.ofNullable(fault));
    }

    /**
     * What became of key sets.
     *
     * @param trust with those that were taken
     * @param fault why the last one was not: {@link OutcomeCode#KEY_SET_MALFORMED} to {@link OutcomeCode#KEY_SET_OLD}
     */
    public record Learned(Trust trust, Optional<LicenseException> fault) {}

    /** The vendor. */
    public String issuer() {
        return issuer;
    }

    /** The product code, by which an installed license is found. */
    public String product() {
        return product;
    }

    /** Under whose name device digests are made. */
    public String realm() {
        return realm;
    }

    /** Whether test licenses are accepted in place of real ones. */
    public boolean acceptsTestLicenses() {
        return test;
    }

    /** Whether a proof of possession is asked for. */
    public boolean requiresPossession() {
        return possession;
    }

    /** The keys that licenses are verified with. */
    public List<VerifyingKey> keys() {
        return keys;
    }
}
