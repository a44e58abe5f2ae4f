package license.core;

import static license.core.Tests.check;
import static license.core.Tests.same;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import license.core.internal.Json;
import license.core.internal.JsonWriter;
import license.core.internal.Toml;

/** No input leads to anything but an answer or a refusal. */
final class InputTest {
    private static final int ROUNDS = 400;

    static void no_text_leads_to_anything_but_a_refusal() {
        long seed = Long.getLong("license.seed", new Random().nextLong());
        Random random = new Random(seed);
        Signer vendor = new Signer();
        Trust trust = vendor.trust();
        String vendorFile = "issuer = \"v\"\nproduct = 'p' # remark\n[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = \"" + vendor.x + "\"\n";
        String device = "{\"fingerprint\":\"" + Signer.DISK + "\",\"found\":{\"disk\":[\"AAAAAAAAAAAAAA\"]},\"unreadable\":[\"os\"]}";
        String token = vendor.license("");
        String keySet = vendor.keySet(1, vendor);
        for (int round = 0; round < ROUNDS; round++) {
            try {
                refusedOrNot(() -> License.verify(changed(token, random), trust, Device.none(), Instant.MAX));
                String claims = changed(Signer.claims(",\"dev\":" + Signer.DEV), random);
                String signed = vendor.sign(vendor.header("license+jwt"), claims);
                refusedOrNot(() -> License.verify(signed, trust, Device.none(), Instant.ofEpochSecond(2000)));
                refusedOrNot(() -> Trust.fromVendorFile(changed(vendorFile, random)));
                refusedOrNot(() -> Device.fromJson(changed(device, random), trust));
                refusedOrNot(() -> Fingerprint.parse(changed(Signer.DISK, random), Signer.VENDOR));
                refusedOrNot(() -> Binding.parse(changed(Signer.DEV, random)).check(Device.none()));
                refusedOrNot(() -> trust.learn(changed(keySet, random)));
                ClockGuard.restore(trust, Device.none(), changed("clock-guard/v1 0 - - 0 x", random));
            } catch (RuntimeException | StackOverflowError e) {
                throw new AssertionError("-Dlicense.seed=" + seed + " repeats it", e);
            }
        }
    }

    static void texts_of_any_length_are_answered() throws Exception {
        Signer vendor = new Signer();
        Trust trust = vendor.trust();
        String blanks = " \t\n\f\r".repeat(4_000_000);
        License.verify(blanks + vendor.license("") + blanks, trust, Device.none(), Instant.ofEpochSecond(2000));
        check(trust.learn(blanks + vendor.keySet(1, vendor) + blanks).fault().isEmpty(), "a key set");
        check(!ClockGuard.restore(trust, Device.none(), blanks + "x" + blanks).toText().isEmpty(), "no mark");
        String long1 = "1".repeat(1_000_000);
        for (String value : List.of(long1, "0x0" + long1, "0." + long1, "1_".repeat(400_000) + "1", "00:00:00." + long1, blanks.substring(0, 900_000))) {
            String vendorFile = "issuer = \"v\"\nproduct = 'p'\n[[keys]]\nkty = \"OKP\"\ncrv = \"Ed25519\"\nx = \"" + vendor.x + "\"\nn = ";
            refusedOrNot(() -> Trust.fromVendorFile(vendorFile + value));
            refusedOrNot(() -> Trust.fromVendorFile(value + "\n" + vendorFile));
            refusedOrNot(() -> Device.fromJson("{\"fingerprint\":\"" + value.replace('\n', ' ').replace('\t', ' ').replace('\f', ' ').replace('\r', ' ') + "!\"}", trust));
        }
    }

    private static void refusedOrNot(Tests.Refused call) {
        try {
            call.run();
        } catch (LicenseException e) {
            check(e.getMessage() != null, "a refusal says why");
        }
    }

    private static String changed(String text, Random random) {
        String pieces = "\"\\{}[],:.-#=' \n\r\0\uD800\uFEFFéA9z";
        StringBuilder changed = new StringBuilder(text);
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(changed.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> changed.insert(at, pieces.charAt(random.nextInt(pieces.length())));
                case 1 -> changed.delete(at, Math.min(changed.length(), at + 1 + random.nextInt(3)));
                default -> changed.insert(at, text.substring(random.nextInt(text.length())));
            }
        }
        return changed.toString();
    }

    static void json_is_read_strictly_and_bounded() throws Json.Malformed {
        for (String text : List.of("{\"a\":1,\"\\u0061\":1}", "\"\\ud800\"", "01", "1.", "1e400", "[1,]", "{} x", "\"\t\"", "-", "nul",
                "[".repeat(128) + "]".repeat(128), "[".repeat(100_000))) {
            try {
                throw new AssertionError("read: " + Json.parse(text));
            } catch (Json.Malformed e) {
                check(!e.getMessage().isEmpty(), text);
            }
        }
        Json.parse("[".repeat(127) + "]".repeat(127));
        String json = "{\"a\":[1,-2,true,null,\"\\\\\\\"é😀\\u0001\"],\"b\":{}}";
        same(json, JsonWriter.write(Json.parse(json)));
    }

    static void a_vendor_file_is_read_as_people_edit_it() throws Json.Malformed {
        String toml = "\uFEFF# remark\r\n'issuer' = \"a\\u00e9\\t\" # more\r\n  list = [ 1, # one\n 'two',\n ]\n[[keys]]\nx = { y = true, \"z\" = -1_000 }\n";
        same("{issuer=aé\t, list=[1, two], keys=[{x={y=true, z=-1_000}}]}", Toml.parse(toml).toString());
    }

    static void nothing_that_is_missing_is_taken_for_something() {
        Signer vendor = new Signer();
        for (Tests.Refused call : List.<Tests.Refused>of(
                () -> License.verify(null, vendor.trust(), Device.none(), Instant.EPOCH),
                () -> License.verify("", null, Device.none(), Instant.EPOCH),
                () -> License.verify(vendor.license(""), vendor.trust(), null, Instant.EPOCH),
                () -> License.verify(vendor.license(""), vendor.trust(), Device.none(), null),
                () -> Trust.of(null, "", "", List.of()))) {
            try {
                throw new AssertionError("taken: " + call.run());
            } catch (NullPointerException | LicenseException e) {
                check(e instanceof NullPointerException || e.getMessage().startsWith("this is not a license"), "" + e);
            }
        }
    }
}
