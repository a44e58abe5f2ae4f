package license.core;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Instant;

/** Prints microseconds of processor time per verification on one thread, warm. */
public final class Speed {
    private Speed() {}

    /** Takes the vendor file, the license, and the agent. */
    public static void main(String[] arguments) throws Exception {
        Trust trust = Trust.fromVendorFile(Path.of(arguments[0]));
        String token = LicenseFile.at(Path.of(arguments[1])).text();
        Device device = Agent.at(Path.of(arguments[2])).device(trust);
        Instant now = Instant.now();
        ThreadMXBean processor = ManagementFactory.getThreadMXBean();
        double best = Double.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long began = processor.getCurrentThreadCpuTime();
            for (int n = 0; n < 150; n++) {
                License.verify(token, trust, device, now);
            }
            best = Math.min(best, (processor.getCurrentThreadCpuTime() - began) / 150.0 / 1000);
        }
        System.out.printf("%.0f µs per verification%n", best);
    }
}
