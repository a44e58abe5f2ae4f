package license.core;

import java.time.Instant;
import java.util.Optional;

/**
 * What is known of the time at one moment, for a {@link ClockGuard}.
 *
 * @param now what the machine's clock says
 * @param uptime how long the machine has been running; without it the mark moves by licenses and dates only
 * @param license when the newest license that is genuine was signed: {@link License#signedAt(String, Trust)}
 * @param server the date of an answer that the vendor's server gave just now, over a connection that is trusted
 */
public record Observation(Instant now, Optional<Uptime> uptime, Optional<Instant> license, Optional<Instant> server) {
    /** The clock alone. */
    public static Observation at(Instant now) {
        return new Observation(now, Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** This machine's clock and running time. */
    public static Observation here() {
        return at(Instant.now()).withUptime(Uptime.here());
    }

    /** With running time. */
    public Observation withUptime(Optional<Uptime> uptime) {
        return new Observation(now, uptime, license, server);
    }

    /** With the time at which the newest genuine license was signed. */
    public Observation withLicense(Optional<Instant> license) {
        return new Observation(now, uptime, license, server);
    }

    /** With the server's date. */
    public Observation withServer(Optional<Instant> server) {
        return new Observation(now, uptime, license, server);
    }
}
