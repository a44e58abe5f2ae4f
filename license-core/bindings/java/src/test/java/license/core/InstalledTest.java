package license.core;

import static license.core.Tests.check;
import static license.core.Tests.refused;
import static license.core.Tests.same;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Where a license lies, and a renewed one. */
final class InstalledTest {
    /** Puts a text in place as the agent does. */
    private static void put(Path file, String text) throws IOException {
        Path beside = file.resolveSibling("new");
        Files.writeString(beside, text);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    static void a_renewed_license_is_seen_and_one_that_stayed_is_not_told_as_new() throws Exception {
        Path file = Files.createTempDirectory("license").resolve("cad.pro.lic");
        LicenseFile license = LicenseFile.at(file);
        check(refused(OutcomeCode.NOT_INSTALLED, license::text).getMessage().contains(file.toString()), "the path");
        check(!license.refresh(), "nothing yet");
        put(file, "one\n");
        check(license.refresh() && !license.refresh(), "came");
        same("one", license.text());
        put(file, "two");
        check(license.refresh(), "renewed");
        same("two", license.text());
        put(file, "two\r\n");
        check(!license.refresh(), "another file with the same license");
        put(file.resolveSibling("cad.pro.keys"), "keys\n");
        check(license.refresh(), "keys came");
        same("keys", license.learnedKeys());
        Files.delete(file);
        check(license.refresh() && !license.refresh() && license.path().isEmpty(), "went");
        same("", license.learnedKeys());
    }

    static void the_first_place_with_a_file_counts_and_brings_its_own_keys() throws Exception {
        Path folder = Files.createTempDirectory("license");
        Path own = folder.resolve("own.lic");
        Path machine = folder.resolve("machine.lic");
        put(machine, "machine's");
        put(folder.resolve("machine.keys"), "keys");
        Path belowAFile = machine.resolve("of.lic");
        LicenseFile license = LicenseFile.among(List.of(own, belowAFile, machine));
        same("machine's keys", license.text() + " " + license.learnedKeys());
        put(own, "own");
        check(license.refresh(), "another place");
        same("own ", license.text() + " " + license.learnedKeys());
    }

    static void what_cannot_be_read_is_named_and_what_is_no_license_is_malformed() throws Exception {
        Path file = Files.createTempDirectory("license").resolve("cad.lic");
        Files.createDirectory(file);
        LicenseFile license = LicenseFile.at(file);
        refused(OutcomeCode.UNREADABLE_FILE, license::text);
        Files.delete(file);
        Path mark = file.resolveSibling("mark");
        for (byte[] bytes : List.of(new byte[] {(byte) 0xFF}, new byte[20_000], new byte[0])) {
            Files.write(file, bytes);
            license.refresh();
            refused(OutcomeCode.MALFORMED, () -> license.verify(new Signer().trust(), Device.none(), mark));
        }
    }

    static void a_product_that_runs_takes_the_keys_beside_the_license_in() throws Exception {
        Signer first = new Signer();
        Signer next = new Signer();
        Path file = Files.createTempDirectory("license").resolve("cad-pro.lic");
        put(file, next.license("") + "\n");
        LicenseFile license = LicenseFile.at(file);
        Path mark = file.resolveSibling("mark");
        refused(OutcomeCode.UNKNOWN_KEY, () -> license.verify(first.trust(), Device.none(), mark));
        put(file.resolveSibling("cad-pro.keys"), first.keySet(1, first, next) + "\n");
        check(license.refresh(), "keys");
        same("0199", license.verify(first.trust(), Device.none(), mark).id());
    }
}
