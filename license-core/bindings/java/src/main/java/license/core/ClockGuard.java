package license.core;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import license.core.internal.Base64Url;
import license.core.internal.Texts;

/**
 * Keeps a time that it is at least, whatever the clock says: the mark of one product on one machine, between runs as a
 * line of text. What it does and what defeats it is in docs/clock.md.
 */
public final class ClockGuard {
    /** How much earlier than the mark a clock may be without being named. */
    private static final long TOLERANCE = 86_400;

    /** Of how much running time a hundredth is not demanded of the clock. */
    private static final long SLACK = 100;

    /** More running time than this between two looks, in milliseconds, is a fault of whatever counts it. */
    private static final long LONGEST_RUN = 366L * 86_400_000;

    /** The end of the year 9999, in milliseconds. */
    private static final long LAST_MARK = 253_402_300_799_999L;

    /** The beginning of 2026, in milliseconds: no right clock showed less since this was written. */
    private static final long EARLIEST = 1_767_225_600_000L;

    private static final int LONGEST_TEXT = 160;
    private static final Pattern BODY =
            Pattern.compile("clock-guard/v1 (0|[1-9][0-9]{0,17}) (-|0|[1-9][0-9]{0,18}) (-|[0-9a-f]{16}) ([01])");

    private final byte[] key;
    private long mark;
    private Optional<Uptime> uptime = Optional.empty();
    private boolean wasRight;

    private ClockGuard(byte[] key) {
        this.key = key;
    }

    /**
     * The time that a license is to be judged by, and what to think of the clock.
     *
     * @param time the clock's, or the mark where the clock is earlier
     */
    public record Judged(Instant time, ClockVerdict clock) {
        /**
         * Verifies a license at this time.
         *
         * @throws LicenseException the first check that failed; {@link OutcomeCode#CLOCK} where that is the time window
         *     and the clock is wrong
         */
        public License verify(String token, Trust trust, Device device) throws LicenseException {
            return License.verifyJudged(token, trust, device, this);
        }
    }

    /** With the mark of a text, or without one where it is empty, damaged, or of another machine or product. */
    public static ClockGuard restore(Trust trust, Device device, String text) {
        ClockGuard guard = new ClockGuard(key(trust, device));
        guard.read(Texts.trimAscii(text));
        return guard;
    }

    /** Moves the mark, then judges the clock by it. Keep {@link #toText} afterwards. */
    public synchronized Judged observe(Observation seen) {
        long ran = ran(seen.uptime());
        long clock = millis(seen.now());
        long followed = clamp(clock, mark + ran - ran / SLACK, mark + ran);
        long floor = clamp(Math.max(EARLIEST, seen.license().map(ClockGuard::millis).orElse(EARLIEST)), 0, LAST_MARK);
        mark = clamp(seen.server().map(ClockGuard::millis).orElse(followed), floor, LAST_MARK);

        boolean wasRightNow = wasRight && since(seen.uptime()).isPresent();
        Judged judged = judge(seen, clock, floor, wasRightNow);
        ClockVerdict.State state = judged.clock().state();
        wasRight = wasRightNow || state == ClockVerdict.State.FINE || state == ClockVerdict.State.AHEAD;
        uptime = seen.uptime();
        return judged;
    }

    private Judged judge(Observation seen, long clock, long floor, boolean wasRightNow) {
        long now = Math.floorDiv(clock, 1000);
        long marked = Math.floorDiv(mark, 1000);
        Duration by = Duration.ofSeconds(Math.abs(now - marked));
        Instant later = Instant.ofEpochSecond(Math.max(now, marked));
        if (now >= marked - TOLERANCE) {
            return seen.server().isPresent() && now > marked + TOLERANCE
                    ? new Judged(Instant.ofEpochSecond(marked), new ClockVerdict(ClockVerdict.State.AHEAD, by))
                    : new Judged(later, ClockVerdict.FINE);
        }
        boolean notSet = clock < floor && !wasRightNow;
        return new Judged(
                later, new ClockVerdict(notSet ? ClockVerdict.State.NOT_SET : ClockVerdict.State.BEHIND, by));
    }

    /** Milliseconds that the machine surely ran since the last look; across a start of it, none. */
    private long ran(Optional<Uptime> now) {
        return since(now).filter(ran -> ran <= LONGEST_RUN).orElse(0L);
    }

    private Optional<Long> since(Optional<Uptime> now) {
        if (uptime.isEmpty() || now.isEmpty() || !uptime.get().start().equals(now.get().start())) {
            return Optional.empty();
        }
        long ran = millis(now.get()) - millis(uptime.get());
        return ran >= 0 ? Optional.of(ran) : Optional.empty();
    }

    /** One line of at most 160 ASCII characters without a line feed. It names no person and no machine. */
    public synchronized String toText() {
        String ran = uptime.map(count -> Long.toString(millis(count))).orElse("-");
        String start = uptime.flatMap(Uptime::start).orElse("-");
        String body = "clock-guard/v1 " + mark + " " + ran + " " + start + " " + (wasRight ? 1 : 0);
        return body + " " + Base64Url.encode(seal(body));
    }

    private void read(String text) {
        int end = text.lastIndexOf(' ');
        if (end < 0 || text.length() > LONGEST_TEXT) {
            return;
        }
        String body = text.substring(0, end);
        byte[] found = Base64Url.decode(text.substring(end + 1), 32);
        Matcher fields = BODY.matcher(body);
        if (found == null || !MessageDigest.isEqual(found, seal(body)) || !fields.matches()) {
            return;
        }
        long read = Long.parseLong(fields.group(1));
        boolean hasStart = !fields.group(3).equals("-");
        boolean hasRun = !fields.group(2).equals("-");
        if (read > LAST_MARK || hasStart && !hasRun) {
            return;
        }
        Duration ran;
        try {
            ran = hasRun ? Duration.ofMillis(Long.parseLong(fields.group(2))) : Duration.ZERO;
        } catch (NumberFormatException e) {
            return; // longer than 64 bits
        }
        mark = read;
        wasRight = fields.group(4).equals("1");
        if (hasRun) {
            uptime = Optional.of(new Uptime(ran, hasStart ? Optional.of(fields.group(3)) : Optional.empty()));
        }
    }

    private byte[] seal(String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(body.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is missing from this Java", e);
        }
    }

    /**
     * The key of a product on an installation, the agent's own too: of issuer, product, realm, and what names the
     * installation and stays when parts are changed.
     */
    private static byte[] key(Trust trust, Device device) {
        MessageDigest hash = Texts.digest("SHA-256");
        String product = "clock-guard/v1\0" + trust.issuer() + "\0" + trust.product() + "\0";
        hash.update(product.getBytes(StandardCharsets.UTF_8));
        hash.update(Base64Url.decode(Fingerprint.realmTag(trust.realm())));
        device.fingerprint().ifPresent(fingerprint -> {
            for (Component component : fingerprint.components()) {
                if (component.kind() == Kind.OS || component.kind() == Kind.CUSTOM) {
                    hash.update((byte) component.kind().asByte());
                    hash.update(Base64Url.decode(component.digest()));
                }
            }
        });
        return hash.digest();
    }

    /** Whole seconds, in milliseconds; stops at the ends of what a mark can be compared with. */
    private static long millis(Instant time) {
        return clamp(time.getEpochSecond(), -LAST_MARK, LAST_MARK) * 1000;
    }

    private static long millis(Uptime uptime) {
        try {
            return Math.max(0, uptime.ran().toMillis());
        } catch (ArithmeticException e) {
            return uptime.ran().isNegative() ? 0 : Long.MAX_VALUE;
        }
    }

    private static long clamp(long value, long least, long most) {
        return Math.max(least, Math.min(most, value));
    }

    @Override
    public String toString() {
        return "ClockGuard(" + Instant.ofEpochSecond(Math.floorDiv(mark, 1000)) + ")";
    }
}
