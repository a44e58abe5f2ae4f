package license.core;

import static license.core.Tests.check;
import static license.core.Tests.refused;
import static license.core.Tests.same;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

    static void running_time_is_the_first_number() {
        same(Duration.ofMillis(25_516_310), Uptime.parse("25516.31 33585.51\n").orElseThrow());
        for (String text : new String[] {"", "-1.0 2", "NaN", "inf", "1e300", "later", "9999999999999.0"}) {
            check(Uptime.parse(text).isEmpty(), text);
        }
    }
}
