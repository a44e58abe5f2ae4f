package license.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import license.core.internal.Texts;

/**
 * How long the machine has been running since it was started, by a count that nobody sets.
 *
 * @param start which start of which machine, 16 hex digits made of the system's boot id
 */
public record Uptime(Duration ran, Optional<String> start) {
    private static final Pattern SECONDS = Pattern.compile("([0-9]{1,12})(?:\\.([0-9]{1,9}))?");

    /** Counted from a start that the system named with a boot id. */
    public static Uptime of(Duration ran, String bootId) {
        byte[] hash = Texts.sha256(bootId.strip().getBytes(StandardCharsets.UTF_8));
        return new Uptime(ran, Optional.of(HexFormat.of().formatHex(hash, 0, 8)));
    }

    /**
     * This machine's, on Linux; nothing elsewhere, since Java has no count there that is promised to begin with the
     * machine's start.
     */
    public static Optional<Uptime> here() {
        Optional<Duration> ran = text("/proc/uptime").flatMap(Uptime::parse);
        Optional<String> bootId = text("/proc/sys/kernel/random/boot_id").filter(id -> !id.isBlank());
        return ran.map(count -> bootId.map(id -> of(count, id)).orElse(new Uptime(count, Optional.empty())));
    }

    /** The first of two numbers of seconds, as {@code proc_uptime(5)} has them. */
    static Optional<Duration> parse(String text) {
        Matcher seconds = SECONDS.matcher(text.strip().split("\\s+", 2)[0]);
        if (!seconds.matches()) {
            return Optional.empty();
        }
        String fraction = seconds.group(2) == null ? "" : seconds.group(2);
        long nanos = Long.parseLong((fraction + "000000000").substring(0, 9));
        return Optional.of(Duration.ofSeconds(Long.parseLong(seconds.group(1)), nanos));
    }

    private static Optional<String> text(String file) {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] bytes = in.readNBytes(256);
            return Optional.ofNullable(Texts.fromUtf8(Arrays.copyOf(bytes, bytes.length)));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
