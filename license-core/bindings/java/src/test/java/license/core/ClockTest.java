package license.core;

import static license.core.Tests.check;
import static license.core.Tests.refused;
import static license.core.Tests.same;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A clock that was set back wins no time. */
final class ClockTest {
    private static final Instant T = Instant.ofEpochSecond(1_790_000_000);

    private static Observation look(Instant now, long hoursRan) {
        return Observation.at(now).withUptime(Optional.of(Uptime.of(Duration.ofHours(hoursRan), "boot")));
    }

    static void a_clock_that_is_set_back_is_named_and_a_right_one_never() {
        ClockGuard guard = ClockGuard.restore(new Signer().trust(), Device.none(), "");
        check(guard.observe(look(T, 1).withLicense(Optional.of(T))).clock().isFine(), "at first");
        check(guard.observe(look(T.plusSeconds(72 * 3600), 73)).clock().isFine(), "three days later");
        ClockGuard.Judged back = guard.observe(look(T.minusSeconds(30 * 86_400), 73));
        same(ClockVerdict.State.BEHIND, back.clock().state());
        same("the clock of this machine was set back by 33 days or more: set it right", back.clock().toString());
        same(T.plusSeconds(72 * 3600), back.time());
        check(guard.observe(look(T.plusSeconds(72 * 3600), 73)).clock().isFine(), "set right");
        check(guard.observe(look(Instant.MAX, 74)).clock().isFine(), "far ahead");
        check(guard.observe(look(T.plusSeconds(74 * 3600), 75)).clock().isFine(), "and back again");
        same(ClockVerdict.State.AHEAD, guard.observe(look(T.plusSeconds(999_999), 75).withServer(Optional.of(T))).clock().state());
    }

    static void a_clock_that_was_never_set_is_not_called_set_back() {
        ClockGuard guard = ClockGuard.restore(new Signer().trust(), Device.none(), "");
        ClockGuard.Judged judged = guard.observe(look(Instant.EPOCH, 1).withLicense(Optional.of(T)));
        same(ClockVerdict.State.NOT_SET, judged.clock().state());
        same(T, judged.time());
    }

    static void a_mark_reads_back_and_that_of_another_product_begins_anew() {
        Signer vendor = new Signer();
        ClockGuard guard = ClockGuard.restore(vendor.trust(), Device.none(), "");
        guard.observe(look(T, 1).withLicense(Optional.of(T)));
        String text = guard.toText();
        same(text, ClockGuard.restore(vendor.trust(), Device.none(), text + "\n").toText());
        Trust other = Trust.of(Signer.VENDOR, "cam-pro", Signer.VENDOR, vendor.trust().keys());
        for (String broken : new String[] {text.replace("179", "189"), "", "x y", text + text}) {
            check(ClockGuard.restore(vendor.trust(), Device.none(), broken).toText().startsWith("clock-guard/v1 0 - - 0 "), broken);
        }
        check(ClockGuard.restore(other, Device.none(), text).toText().startsWith("clock-guard/v1 0 - - 0 "), "another's");
    }

    static void a_license_that_is_over_behind_a_wrong_clock_names_the_clock() throws Exception {
        Signer vendor = new Signer();
        String token = vendor.license(",\"exp\":" + T.getEpochSecond());
        ClockGuard guard = ClockGuard.restore(vendor.trust(), Device.none(), "");
        guard.observe(look(T.plusSeconds(10), 1).withLicense(Optional.of(T.plusSeconds(10))));
        ClockGuard.Judged back = guard.observe(look(T.minusSeconds(400_000), 1));
        LicenseException clock = refused(OutcomeCode.CLOCK, () -> back.verify(token, vendor.trust(), Device.none()));
        check(clock.getMessage().startsWith("the clock of this machine was set back by 4 days or more"), clock.getMessage());
    }

    static void the_mark_is_kept_in_a_file_and_one_that_cannot_be_written_is_gone_on_without() throws Exception {
        Signer vendor = new Signer();
        String token = vendor.license("");
        Path mark = Files.createTempDirectory("license").resolve("below/cad-pro.clock");
        check(License.verifyGuarded(token, vendor.trust(), Device.none(), mark).clock().isFine(), "the clock here");
        check(Files.readString(mark).startsWith("clock-guard/v1 "), "a mark");
        License.verifyGuarded(token, vendor.trust(), Device.none(), mark);
        License.verifyGuarded(token, vendor.trust(), Device.none(), mark.resolve("below/a/file"));
        refused(OutcomeCode.UNKNOWN_KEY, () -> License.verifyGuarded(token, new Signer().trust(), Device.none(), mark));
    }

    static void a_mark_with_a_running_time_that_no_machine_reaches_counts_and_reads_back() {
        Trust trust = Trust.of(Signer.VENDOR, "cad-demo", Signer.VENDOR, List.of());
        String sealed = "clock-guard/v1 1795884966000 9223372036854775807 - 1 0w2XR6IJKy_tEWGIoMuoZrxyT8wL_6DyZ4oO5gggewU";
        ClockGuard guard = ClockGuard.restore(trust, Device.none(), sealed);
        same(sealed, guard.toText());
        Observation seen = Observation.at(Instant.ofEpochSecond(1_795_884_966));
        check(guard.observe(seen.withUptime(Optional.of(new Uptime(Duration.ZERO, Optional.empty())))).clock().isFine(), "fine");
        check(guard.toText().startsWith("clock-guard/v1 1795884966000 0 - 1 "), guard.toText());
        String longer = "clock-guard/v1 1 9223372036854775808 - 1 46jZOqhv-0GySZa03DkU3IbE_hvMBgPEHgS3qvAtpL0";
        check(ClockGuard.restore(trust, Device.none(), longer).toText().startsWith("clock-guard/v1 0 - - 0 "), "longer");
        Uptime longest = new Uptime(Duration.ofSeconds(Long.MAX_VALUE), Optional.empty());
        guard.observe(seen.withUptime(Optional.of(longest)));
        same(guard.toText(), ClockGuard.restore(trust, Device.none(), guard.toText()).toText());
    }

    static void marks_and_keys_that_are_no_files_are_replaced_or_gone_on_without_and_not_waited_for() throws Exception {
        Signer vendor = new Signer();
        String token = vendor.license("");
        Path folder = Files.createTempDirectory("license");
        Path victim = Files.writeString(folder.resolve("victim"), "mine");
        for (String kind : List.of("pipe", "folder", "circle", "link", "huge", "lock-pipe", "lock-link", "new-link")) {
            Path mark = Files.createDirectory(folder.resolve(kind)).resolve("cad.clock");
            Path license = Files.writeString(mark.resolveSibling("cad.lic"), token);
            Path keys = mark.resolveSibling("cad.keys");
            odd(kind, mark, victim);
            odd(kind, keys, victim);
            License.verifyGuarded(token, vendor.trust(), Device.none(), mark);
            LicenseFile file = LicenseFile.at(license);
            file.verify(vendor.trust(), Device.none(), mark);
            check(!file.refresh(), kind);
            check(kind.equals("folder") || Files.readString(mark).startsWith("clock-guard/v1 "), kind);
        }
        same("mine", Files.readString(victim));
        refused(OutcomeCode.UNUSABLE_TRUST, () -> Trust.fromVendorFile(folder.resolve("pipe/cad.keys")));
    }

    /** Puts what is no file into a place, or beside it. */
    private static void odd(String kind, Path place, Path victim) throws Exception {
        switch (kind) {
            case "pipe" -> pipe(place);
            case "folder" -> Files.createDirectory(place);
            case "circle" -> Files.createSymbolicLink(place, place);
            case "link" -> Files.createSymbolicLink(place, place.endsWith("cad.keys") ? place.resolve("none") : victim);
            case "lock-pipe" -> pipe(place.resolveSibling(place.getFileName() + ".lock"));
            case "lock-link" -> Files.createSymbolicLink(place.resolveSibling(place.getFileName() + ".lock"), victim);
            case "new-link" -> Files.createSymbolicLink(place.resolveSibling(place.getFileName() + ".new"), victim);
            default -> {
                try (FileChannel out = FileChannel.open(place, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    out.write(ByteBuffer.wrap(new byte[1]), 1L << 40);
                }
            }
        }
    }

    private static void pipe(Path place) throws Exception {
        same(0, new ProcessBuilder("mkfifo", place.toString()).start().waitFor());
    }

    static void running_time_is_the_first_number() {
        same(Duration.ofMillis(25_516_310), Uptime.parse("25516.31 33585.51\n").orElseThrow());
        for (String text : new String[] {"", "-1.0 2", "NaN", "inf", "1e300", "later", "9999999999999.0"}) {
            check(Uptime.parse(text).isEmpty(), text);
        }
    }
}
