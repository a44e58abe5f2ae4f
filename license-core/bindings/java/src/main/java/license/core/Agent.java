package license.core;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import license.core.internal.Json;
import license.core.internal.Texts;

/**
 * The program {@code license-agent}, which reads this machine for a product that cannot. It is run with a time-out, its
 * answer is bounded and checked. Immutable.
 */
public final class Agent {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LONGEST_TIMEOUT = Duration.ofHours(1);

    private final Path program;
    private final Duration timeout;
    private final boolean privileged;

    private Agent(Path program, Duration timeout, boolean privileged) {
        this.program = program;
        this.timeout = timeout;
        this.privileged = privileged;
    }

    /**
     * Looks for it beside the program (the folder of this library's jar, and that of a packaged application), then on
     * the path.
     *
     * @throws LicenseException {@link OutcomeCode#AGENT_MISSING}
     */
    public static Agent find() throws LicenseException {
        String name = Places.Os.here() == Places.Os.WINDOWS ? "license-agent.exe" : "license-agent";
        for (Path folder : folders()) {
            Path program = folder.resolve(name);
            if (Files.isRegularFile(program) && Files.isExecutable(program)) {
                return at(program);
            }
        }
        throw new LicenseException(
                OutcomeCode.AGENT_MISSING,
                "license-agent, which reads this machine, is neither beside this program nor on the path; install it");
    }

    /** This very program. */
    public static Agent at(Path program) {
        return new Agent(Objects.requireNonNull(program, "program"), TIMEOUT, false);
    }

    /** The same, but given up after another time than ten seconds; an hour at most. */
    public Agent withTimeout(Duration timeout) {
        return new Agent(program, timeout.compareTo(LONGEST_TIMEOUT) > 0 ? LONGEST_TIMEOUT : timeout, privileged);
    }

    /** The same, but it also reads what only an administrator can read. */
    public Agent privileged() {
        return new Agent(program, timeout, true);
    }

    /**
     * This machine, by {@code license-agent fingerprint --json}. Takes some tens of milliseconds: keep the device, and
     * ask again when hardware may have changed.
     *
     * @throws LicenseException {@link OutcomeCode#UNREADABLE_DEVICE}
     */
    public Device device(Trust trust) throws LicenseException {
        List<String> arguments = new ArrayList<>(List.of("fingerprint", "--json", "--realm", trust.realm()));
        if (privileged) {
            arguments.add("--privileged");
        }
        Printed printed = run(arguments, text -> !json(text).isEmpty());
        Map<String, Object> said = json(printed.text());
        // A complaint is none, whatever the exit code.
        boolean isDevice = said.get("found") instanceof Map
                || said.get("fingerprint") instanceof String && !said.containsKey("error");
        // Where nothing names the machine the agent ends with 1, and says all the same what it found.
        if (isDevice && (printed.exitCode() == 0 || printed.exitCode() == 1 && said.containsKey("found"))) {
            return Device.fromJson(printed.text(), trust);
        }
        throw failed("could not read this machine: " + reason(json(printed.text())), null);
    }

    /**
     * The answer of this machine's key to a challenge, by {@code license-agent prove}. Runs as the user who may read
     * the key.
     *
     * @throws LicenseException {@link OutcomeCode#UNREADABLE_DEVICE}
     */
    public String prove(PossessionChallenge challenge, Path vendorFile) throws LicenseException {
        // A challenge may begin with a dash.
        Printed printed = run(List.of("--vendor", vendorFile.toString(), "prove", "--", challenge.toString()), text -> text.endsWith("\n"));
        if (printed.exitCode() != 0) {
            throw failed("could not answer for this machine; run license-agent prove by hand to see why", null);
        }
        return printed.text();
    }

    private static Map<String, Object> json(String text) {
        try {
            return Json.object(Json.parse(text), "it");
        } catch (Json.Malformed e) {
            return Map.of();
        }
    }

    /** What the agent says in words, cut to a line. */
    private static String reason(Map<String, Object> json) {
        boolean isSaid = json.get("error") instanceof Map<?, ?> error && error.get("message") instanceof String;
        String said = isSaid ? (String) ((Map<?, ?>) json.get("error")).get("message") : "run it by hand to see why";
        return Texts.shown(said);
    }

    /** What a run printed on its standard output. */
    private record Printed(int exitCode, String text) {}

    /**
     * Runs it. It is over when the agent itself has ended and its answer is whole, whoever still holds its output open.
     *
     * @param isWhole whether nothing can follow a text
     */
    private Printed run(List<String> arguments, Predicate<String> isWhole) throws LicenseException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
            // The arguments say whose licenses are meant.
            builder.environment().remove("LICENSE_AGENT_VENDOR");
            process = builder.start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw failed("cannot be started", e);
        }
        Output output = new Output(process.getInputStream());
        process.onExit().thenRun(output::programEnded);
        try {
            byte[] bytes = output.await(timeout, isWhole);
            String text = bytes.length > Device.LONGEST ? null : Texts.fromUtf8(bytes);
            if (text == null) {
                throw failed("printed what is too long, or no text", null);
            }
            return new Printed(process.waitFor(), text);
        } catch (TimeoutException e) {
            throw failed("did not answer in time", e);
        } catch (IOException e) {
            throw failed("did not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed("was interrupted", e);
        } finally {
            // What it started holds its output open.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** What a program has written so far, read by a thread of its own. */
    private static final class Output {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private boolean isClosed;
        private boolean hasEnded;
        private IOException fault;

        Output(InputStream in) {
            Thread reader = new Thread(() -> read(in), "license-agent");
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream in) {
            byte[] chunk = new byte[8192];
            try (in) {
                for (int length = 0; length >= 0 && add(chunk, length); ) {
                    length = in.read(chunk);
                }
            } catch (IOException e) {
                synchronized (this) {
                    fault = e;
                }
            }
            synchronized (this) {
                isClosed = true;
                notifyAll();
            }
        }

        /** Whether more is read: one byte too many tells that there are. */
        private synchronized boolean add(byte[] chunk, int length) {
            bytes.write(chunk, 0, Math.min(length, Device.LONGEST + 1 - bytes.size()));
            notifyAll();
            return bytes.size() <= Device.LONGEST;
        }

        synchronized void programEnded() {
            hasEnded = true;
            notifyAll();
        }

        /** All of it, once the program has ended, or more than is read. */
        synchronized byte[] await(Duration timeout, Predicate<String> isWhole)
                throws IOException, InterruptedException, TimeoutException {
            long deadline = System.nanoTime() + timeout.toNanos();
            while (!isDone(isWhole)) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new TimeoutException();
                }
                wait(left);
            }
            return bytes.toByteArray();
        }

        private boolean isDone(Predicate<String> isWhole) throws IOException {
            if (bytes.size() > Device.LONGEST) {
                return true;
            }
            if (!hasEnded || !isClosed && !isWhole.test(bytes.toString(StandardCharsets.UTF_8))) {
                return false;
            }
            if (fault != null) {
                throw fault;
            }
            return true;
        }
    }

    private static LicenseException failed(String what, Throwable cause) {
        return new LicenseException(OutcomeCode.UNREADABLE_DEVICE, "license-agent " + what, cause);
    }

    /** Folders in which the program is looked for; a relative one would be whatever folder the user is in. */
    private static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        CodeSource source = Agent.class.getProtectionDomain().getCodeSource();
        if (source != null && source.getLocation() != null) {
            try {
                add(folders, Path.of(source.getLocation().toURI()).getParent());
            } catch (URISyntaxException | IllegalArgumentException | FileSystemNotFoundException e) {
                // Not from a file.
            }
        }
        String application = System.getProperty("jpackage.app-path");
        if (application != null) {
            add(folders, path(application).getParent());
        }
        String listed = System.getenv("PATH");
        for (String folder : listed == null ? new String[0] : listed.split(File.pathSeparator)) {
            add(folders, folder.isEmpty() ? null : path(folder));
        }
        return folders;
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            return Path.of("");
        }
    }

    private static void add(List<Path> folders, Path folder) {
        if (folder != null && folder.isAbsolute()) {
            folders.add(folder);
        }
    }
}
