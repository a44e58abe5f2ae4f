package license.core;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import license.core.internal.Json;

/** A verified license, the only type from which claims can be read. Immutable. */
public final class License {
    private static final long DAY = 86_400;

    private final Claims claims;
    private final Verdict verdict;
    private final long verifiedAt;
    private final ClockVerdict clock;

    private License(Claims claims, Verdict verdict, long verifiedAt, ClockVerdict clock) {
        this.claims = claims;
        this.verdict = verdict;
        this.verifiedAt = verifiedAt;
        this.clock = clock;
    }

    /**
     * Checks form, key, signature, issuer, product, time window, device, and test or real, in that order, over the
     * bytes as received.
     *
     * @throws LicenseException the first check that failed: {@link OutcomeCode#MALFORMED} to {@link
     *     OutcomeCode#POSSESSION}
     */
    public static License verify(String token, Trust trust, Device device, Instant now) throws LicenseException {
        License license = verified(split(token), trust, device, seconds(now), ClockVerdict.FINE);
        if (trust.requiresPossession()) {
            throw new LicenseException(PossessionFault.MISSING);
        }
        return license;
    }

    /**
     * As {@link #verify(String, Trust, Device, Instant)}, and then whether the proof is the answer to the challenge by
     * the key that the license names.
     *
     * @throws LicenseException the first check that failed; {@link OutcomeCode#POSSESSION} also for a license without a
     *     key
     */
    public static License verify(
            String token, Trust trust, Device device, Instant now, PossessionChallenge challenge, String proof)
            throws LicenseException {
        Compact compact = split(token);
        License license = verified(compact, trust, device, seconds(now), ClockVerdict.FINE);
        challenge.check(license.claims.deviceKey(), compact.token(), proof);
        return license;
    }

    /**
     * As {@link #verify(String, Trust, Device, Instant)} by this machine's clock, but a clock that was set back wins no
     * time and is named.
     *
     * <p>Call it at least every few hours while the machine runs. The mark is kept in a file of the product's own,
     * which is written whole, by one thread and program at a time; one that cannot be written is gone on without. See
     * {@link #clock} for whether to warn of the clock though the license holds.
     *
     * @throws LicenseException the first check that failed; {@link OutcomeCode#CLOCK} where the clock has a part in it
     */
    public static License verifyGuarded(String token, Trust trust, Device device, Path mark) throws LicenseException {
        Compact compact = split(token);
        Observation seen = Observation.here().withLicense(signedAt(compact, trust));
        ClockGuard.Judged judged = MarkFile.observe(mark, trust, device, seen);
        return judged.verify(token, trust, device);
    }

    /**
     * When a genuine license was signed, over or not and for whatever device: proof for a {@link ClockGuard} that it is
     * at least that late. Nothing where any other check fails.
     */
    public static Optional<Instant> signedAt(String token, Trust trust) {
        try {
            return signedAt(split(token), trust);
        } catch (LicenseException e) {
            return Optional.empty();
        }
    }

    private static Optional<Instant> signedAt(Compact compact, Trust trust) {
        try {
            Claims claims = genuine(compact, trust);
            checkAcceptance(claims, trust);
            return Optional.of(Instant.ofEpochSecond(claims.iat()));
        } catch (LicenseException e) {
            return Optional.empty();
        }
    }

    /** At a time that a guard has judged; a time window that fails by a wrong clock is the clock's. */
    static License verifyJudged(String token, Trust trust, Device device, ClockGuard.Judged judged)
            throws LicenseException {
        try {
            License license = verify(token, trust, device, judged.time());
            return new License(license.claims, license.verdict, license.verifiedAt, judged.clock());
        } catch (LicenseException e) {
            boolean isOfTime = e.code() == OutcomeCode.EXPIRED || e.code() == OutcomeCode.NOT_YET_VALID;
            if (isOfTime && !judged.clock().isFine()) {
                throw new LicenseException(
                        OutcomeCode.CLOCK, judged.clock() + ". By " + judged.time() + ": " + e.getMessage());
            }
            throw e;
        }
    }

    private static Compact split(String token) throws LicenseException {
        try {
            return Compact.split(token, "license+jwt");
        } catch (Json.Malformed e) {
            throw malformed(e);
        }
    }

    private static License verified(Compact compact, Trust trust, Device device, long now, ClockVerdict clock)
            throws LicenseException {
        Objects.requireNonNull(device, "device");
        Claims claims = genuine(compact, trust);
        checkWindow(claims, now);
        Verdict verdict = claims.dev() == null ? null : checkDevice(claims.dev(), device);
        checkAcceptance(claims, trust);
        return new License(claims, verdict, now, clock);
    }

    /** The claims of a license that the vendor signed for this product. */
    private static Claims genuine(Compact compact, Trust trust) throws LicenseException {
        VerifyingKey key = VerifyingKey.find(trust.keys(), compact.kid());
        if (key == null) {
            throw new LicenseException(
                    OutcomeCode.UNKNOWN_KEY,
                    "the license was signed with key " + compact.kid()
                            + ", which is not one of the vendor's keys known here");
        }
        if (!key.verifies(compact.signingInput(), compact.signature())) {
            throw new LicenseException(
                    OutcomeCode.SIGNATURE, "the signature does not fit: the license was changed or forged");
        }
        Claims claims;
        try {
            claims = Claims.read(compact.payload());
        } catch (Json.Malformed e) {
            throw malformed(e);
        }
        if (!claims.iss().equals(trust.issuer())) {
            throw new LicenseException(
                    OutcomeCode.ISSUER, "the license is from " + claims.iss() + ", not from " + trust.issuer());
        }
        if (!claims.aud().equals(trust.product())) {
            throw new LicenseException(
                    OutcomeCode.PRODUCT,
                    "the license is for the product " + claims.aud() + ", not for " + trust.product());
        }
        return claims;
    }

    private static LicenseException malformed(Json.Malformed e) {
        return new LicenseException(OutcomeCode.MALFORMED, "this is not a license: " + e.getMessage());
    }

    private static void checkWindow(Claims claims, long now) throws LicenseException {
        OutcomeCode state = claims.stateAt(now);
        if (state == OutcomeCode.NOT_YET_VALID) {
            throw new LicenseException(
                    state,
                    "the license is valid from " + instant(claims.nbf()) + "; the clock here says " + instant(now));
        }
        if (state == OutcomeCode.EXPIRED) {
            throw new LicenseException(
                    state, "the license ended at " + instant(claims.end()) + "; the clock here says " + instant(now));
        }
    }

    private static Verdict checkDevice(Binding binding, Device device) throws LicenseException {
        Verdict verdict = binding.check(device);
        if (verdict.passes()) {
            return verdict;
        }
        if (verdict.needsPrivileges()) {
            throw new LicenseException(
                    OutcomeCode.NEEDS_PRIVILEGES,
                    "the license is bound to hardware facts that only an administrator can read; "
                            + "check it with those rights (" + verdict + ")",
                    verdict);
        }
        throw new LicenseException(
                OutcomeCode.DEVICE,
                "the license is bound to another machine, or too much of this one was changed (" + verdict + ")",
                verdict);
    }

    private static void checkAcceptance(Claims claims, Trust trust) throws LicenseException {
        if (claims.test() && !trust.acceptsTestLicenses()) {
            throw new LicenseException(OutcomeCode.TEST_LICENSE, "this is a test license; real ones are asked for");
        }
        if (!claims.test() && trust.acceptsTestLicenses()) {
            throw new LicenseException(OutcomeCode.REAL_LICENSE, "this is a real license; test ones are asked for");
        }
    }

    private static long seconds(Instant now) {
        return now.getEpochSecond();
    }

    private static Instant instant(long seconds) {
        return Instant.ofEpochSecond(seconds);
    }

    /** Where it stood when it was verified: {@link OutcomeCode#ACTIVE} or {@link OutcomeCode#GRACE}. */
    public OutcomeCode state() {
        return claims.stateAt(verifiedAt);
    }

    /** Where it stands at a time; also {@link OutcomeCode#NOT_YET_VALID} and {@link OutcomeCode#EXPIRED}. */
    public OutcomeCode stateAt(Instant now) {
        return claims.stateAt(seconds(now));
    }

    /** Whether it is over and still works: the customer should renew. */
    public boolean isInGrace() {
        return state() == OutcomeCode.GRACE;
    }

    /** Whole days until it is over, in grace until it no longer works; nothing if it is perpetual. */
    public OptionalLong daysLeft() {
        return daysLeftAt(instant(verifiedAt));
    }

    /** As {@link #daysLeft}, counted from a time. */
    public OptionalLong daysLeftAt(Instant now) {
        if (claims.exp() == null) {
            return OptionalLong.empty();
        }
        long end = stateAt(now) == OutcomeCode.GRACE ? claims.end() : claims.exp();
        return OptionalLong.of(Math.max(0, (end - seconds(now)) / DAY));
    }

    /** Whether it grants a feature. */
    public boolean hasFeature(String name) {
        return claims.feat().contains(Objects.requireNonNull(name, "name"));
    }

    /** The names of the features that it grants. */
    public List<String> features() {
        return claims.feat();
    }

    /** What to think of the clock; nothing speaks against it where it was not guarded. */
    public ClockVerdict clock() {
        return clock;
    }

    /** The vendor. */
    public String issuer() {
        return claims.iss();
    }

    /** The product code. */
    public String product() {
        return claims.aud();
    }

    /** What was bought, one per order line. */
    public String instance() {
        return claims.sub();
    }

    /** The license's own id. */
    public String id() {
        return claims.jti();
    }

    /** When it was signed. */
    public Instant issuedAt() {
        return instant(claims.iat());
    }

    /** From when it is valid. */
    public Instant notBefore() {
        return instant(claims.nbf());
    }

    /** The first second in which it is no longer valid, before grace; nothing if it is perpetual. */
    public Optional<Instant> expiresAt() {
        return Optional.ofNullable(claims.exp()).map(Instant::ofEpochSecond);
    }

    /** Seconds after the end in which it still works. */
    public long grace() {
        return claims.grace();
    }

    /** How many units it grants, 1 to 2³² − 1. */
    public long quantity() {
        return claims.qty();
    }

    /** Granted for trying out. */
    public boolean isTrial() {
        return claims.trial();
    }

    /** A test license, which only a trust for test licenses accepts. */
    public boolean isTest() {
        return claims.test();
    }

    /** The device it is bound to; nothing if it is for none in particular. */
    public Optional<Binding> binding() {
        return Optional.ofNullable(claims.dev());
    }

    /** The thumbprint of the device key of the machine it was given to; nothing where it names none. */
    public Optional<String> deviceKey() {
        return Optional.ofNullable(claims.deviceKey());
    }

    /** What matched, changed or is missing on this device; nothing if it is for none in particular. */
    public Optional<Verdict> verdict() {
        return Optional.ofNullable(verdict);
    }

    @Override
    public String toString() {
        return "License(" + claims.jti() + ")";
    }
}
