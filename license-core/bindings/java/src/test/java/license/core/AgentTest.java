package license.core;

import static license.core.Tests.check;
import static license.core.Tests.refused;
import static license.core.Tests.same;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;

/** The program that reads this machine: the real one, and ones that do not do as they should. */
final class AgentTest {
    private static final Path REAL = Path.of(System.getProperty("license.agent"));

    /** A program that runs these lines of a shell. */
    private static Agent agent(String lines) throws IOException {
        Path program = Files.createTempDirectory("license").resolve("license-agent");
        Files.writeString(program, "#!/bin/sh\n" + lines + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return Agent.at(program);
    }

    static void this_machine_is_read_for_the_realm_of_the_trust() throws Exception {
        Device device = Agent.at(REAL).device(new Signer().trust());
        check(device.fingerprint().isPresent() && !device.isPrivileged(), "a fingerprint");
    }

    static void what_the_agent_keeps_of_the_clock_is_read() throws Exception {
        Path folder = Path.of(System.getProperty("license.installed"));
        Trust trust = Trust.fromVendorFile(Path.of(System.getProperty("license.vendor")));
        String mark = Files.readString(folder.resolve(trust.product() + ".clock")).strip();
        Device device = Agent.at(REAL).device(trust);
        same(mark, ClockGuard.restore(trust, device, mark).toText());
        check(!mark.startsWith("clock-guard/v1 0 "), "it is not empty");
        License license = LicenseFile.at(folder.resolve(trust.product() + ".lic")).verify(trust, device, folder.resolve("own.clock"));
        check(license.hasFeature("mesh"), "the license that the agent installed");
    }

    static void an_agent_that_finds_nothing_says_so_and_one_that_fails_says_why() throws Exception {
        Trust trust = new Signer().trust();
        String nothing = "echo '{\"fingerprint\":null,\"found\":{},\"privileged\":false,\"unreadable\":[\"disk\"],\"error\":{}}'; exit 1";
        check(agent(nothing).device(trust).fingerprint().isEmpty(), "nothing");
        String failed = "echo '{\"error\":{\"code\":\"device-id\",\"message\":\"the device id is a placeholder\"}}'; exit 1";
        LicenseException why = refused(OutcomeCode.UNREADABLE_DEVICE, () -> agentOf(failed).device(trust));
        check(why.getMessage().endsWith("the device id is a placeholder"), why.getMessage());
        for (String lines : new String[] {
            "echo '{\"error\":{\"message\":\"no\"}}'", "echo '{}'", "echo '{\"found\":null,\"error\":{\"message\":\"no\"}}'; exit 1"
        }) {
            refused(OutcomeCode.UNREADABLE_DEVICE, () -> agentOf(lines).device(trust));
        }
    }

    static void an_agent_is_over_when_it_has_ended_whoever_holds_its_output_open() throws Exception {
        Trust trust = new Signer().trust();
        Path pid = Files.createTempDirectory("license").resolve("pid");
        String answer = "{\"fingerprint\":\"" + Signer.DISK + "\"}";
        Agent agent = agent("tail -f /dev/null & echo $! >'" + pid + "'; echo '" + answer + "'").withTimeout(Duration.ofHours(1));
        check(agent.device(trust).fingerprint().isPresent(), "an answer");
        long child = Long.parseLong(Files.readString(pid).strip());
        ProcessHandle.of(child).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static Agent agentOf(String lines) {
        try {
            return agent(lines);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static void an_agent_that_hangs_floods_or_lies_is_given_up() throws Exception {
        Trust trust = new Signer().trust();
        for (String lines : new String[] {
            "exec sleep 600", "sleep 600 & wait", "exec yes", "echo DF1", "printf '\\377'", "exit 3", "echo '{\"found\":[]}'; exit 1", "echo '{\"found\":{}}'; exit 3"
        }) {
            Agent agent = agent(lines).withTimeout(Duration.ofMillis(lines.contains("sleep") ? 300 : 60_000));
            refused(OutcomeCode.UNREADABLE_DEVICE, () -> agent.device(trust));
        }
        refused(OutcomeCode.UNREADABLE_DEVICE, () -> Agent.at(Path.of("/no/license-agent")).device(trust));
    }

    static void a_license_that_was_copied_without_its_key_opens_nothing() throws Exception {
        Path vendorFile = Path.of(System.getProperty("license.vendor"));
        Trust trust = Trust.fromVendorFile(vendorFile).requiringPossession();
        Agent agent = Agent.at(REAL);
        Device device = agent.device(trust);
        String token = LicenseFile.at(Path.of(System.getProperty("license.installed"), trust.product() + ".lic")).text();
        // Begins with a dash, as some do.
        PossessionChallenge challenge = PossessionChallenge.parse("-".repeat(42) + "8");
        String proof = agent.prove(challenge, vendorFile);
        License.verify(token, trust, device, Instant.now(), challenge, proof);
        LicenseException played = refused(
                OutcomeCode.POSSESSION,
                () -> License.verify(token, trust, device, Instant.now(), PossessionChallenge.random(), proof));
        same(PossessionFault.CHALLENGE, played.possession().orElseThrow());
    }
}
