package license.core;

import static license.core.Tests.check;
import static license.core.Tests.refused;
import static license.core.Tests.same;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import license.core.internal.Base64Url;

/** From a vendor file to a feature, and what is said where there is none. */
final class StoryTest {
    private static final Instant NOW = Instant.ofEpochSecond(2000);

    static void a_license_for_this_machine_opens_its_features_and_says_how_long() throws LicenseException {
        Signer vendor = new Signer();
        String token = vendor.license(",\"exp\":260000,\"grace\":86400,\"dev\":" + Signer.DEV);
        Device device = Device.fromText(Signer.DISK, vendor.trust());
        License license = License.verify(token + "\n", vendor.trust(), device, NOW);
        check(license.hasFeature("mesh") && !license.hasFeature("cam"), "features");
        same(OutcomeCode.ACTIVE, license.state());
        same(2L, license.daysLeft().getAsLong());
        same(100, license.verdict().orElseThrow().score());
        check(License.verify(token, vendor.trust(), device, Instant.ofEpochSecond(270000)).isInGrace(), "grace");
    }

    static void what_is_wrong_is_said_in_words_and_by_a_stable_number() {
        Signer vendor = new Signer();
        String token = vendor.license(",\"exp\":3000");
        Trust trust = vendor.trust();
        LicenseException over =
                refused(OutcomeCode.EXPIRED, () -> License.verify(token, trust, Device.none(), Instant.ofEpochSecond(3000)));
        same("the license ended at 1970-01-01T00:50:00Z; the clock here says 1970-01-01T00:50:00Z", over.getMessage());
        same(16, over.code().number());
        LicenseException device =
                refused(OutcomeCode.DEVICE, () -> License.verify(vendor.license(",\"dev\":" + Signer.DEV), trust, Device.none(), NOW));
        same("disk missing; board missing", device.verdict().orElseThrow().toString());
        refused(OutcomeCode.UNKNOWN_KEY, () -> License.verify(token, new Signer().trust(), Device.none(), NOW));
        refused(OutcomeCode.REAL_LICENSE, () -> License.verify(token, trust.acceptingTestLicenses(), Device.none(), NOW));
        refused(OutcomeCode.POSSESSION, () -> License.verify(token, trust.requiringPossession(), Device.none(), NOW));
        refused(OutcomeCode.UNUSABLE_TRUST, () -> Trust.fromVendorFile("issuer = 1"));
        refused(OutcomeCode.UNUSABLE_TRUST, () -> Trust.fromVendorFile(Path.of("/no/vendor.toml")));
    }

    static void a_signature_of_another_license_does_not_fit() {
        Signer vendor = new Signer();
        String token = vendor.license("");
        String other = vendor.license(",\"trial\":true");
        String mixed = token.substring(0, token.lastIndexOf('.')) + other.substring(other.lastIndexOf('.'));
        refused(OutcomeCode.SIGNATURE, () -> License.verify(mixed, vendor.trust(), Device.none(), NOW));
    }

    static void a_point_of_small_order_or_in_a_second_spelling_is_no_key() {
        // The eight points under which anybody can sign, by their y; then such as are no point, or not reduced.
        List<String> points = List.of(
                "0100000000000000000000000000000000000000000000000000000000000000",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "0200000000000000000000000000000000000000000000000000000000000000",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
        for (String point : points) {
            for (int sign : new int[] {0, 0x80}) {
                byte[] bytes = HexFormat.of().parseHex(point);
                bytes[31] |= (byte) sign;
                refused(OutcomeCode.UNUSABLE_TRUST, () -> VerifyingKey.of(Base64Url.encode(bytes)));
            }
        }
    }

    static void a_change_of_the_signing_key_needs_no_new_vendor_file() throws LicenseException {
        Signer first = new Signer();
        Signer next = new Signer();
        String token = next.license("");
        Trust trust = first.trust();
        refused(OutcomeCode.UNKNOWN_KEY, () -> License.verify(token, trust, Device.none(), NOW));
        License.verify(token, trust.learning(first.keySet(1, first, next)), Device.none(), NOW);
        Trust.Learned learned = trust.learn(next.keySet(1, first, next));
        same(OutcomeCode.KEY_SET_UNKNOWN_KEY, learned.fault().orElseThrow().code());
    }

    static void threads_share_trust_device_and_license() throws Exception {
        Signer vendor = new Signer();
        Trust trust = vendor.trust();
        Device device = Device.fromText(Signer.DISK, trust);
        String token = vendor.license(",\"dev\":" + Signer.DEV);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Boolean>> work = new ArrayList<>();
            for (int n = 0; n < 200; n++) {
                work.add(() -> License.verify(token, trust, device, NOW).hasFeature("mesh"));
            }
            for (Future<Boolean> done : threads.invokeAll(work)) {
                check(done.get(), "verified");
            }
        } finally {
            threads.shutdown();
        }
    }

    static void every_number_and_word_is_that_of_the_page() throws IOException {
        String page = Files.readString(Path.of(System.getProperty("license.page")));
        Matcher rows = Pattern.compile("(?m)^\\| (\\d+) \\| `([a-z-]+)` \\|").matcher(page);
        List<String> listed = new ArrayList<>();
        while (rows.find()) {
            listed.add(rows.group(1) + " " + rows.group(2));
        }
        List<String> known = new ArrayList<>();
        for (OutcomeCode code : OutcomeCode.values()) {
            if (code.number() < 100) {
                known.add(code.number() + " " + code.word());
            }
        }
        same(listed, known);
    }
}
