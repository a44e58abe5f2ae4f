package license.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** Where licenses lie, as a system and its environment say. Nothing is looked at but variables. */
public final class Places {
    /** Longest file name without its suffix, in bytes. */
    private static final int LONGEST_STEM = 236;

    private static final String FOLDER = "license-agent";

    /** Systems that keep a user's files in different places. */
    public enum Os {
        /** Linux, and whatever else follows the XDG Base Directory Specification. */
        LINUX,
        /** Windows. */
        WINDOWS,
        /** macOS. */
        MACOS;

        /** The one that this program runs on. */
        public static Os here() {
            String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
            if (name.startsWith("windows")) {
                return WINDOWS;
            }
            return name.startsWith("mac") ? MACOS : LINUX;
        }

        private boolean isWhole(String path) {
            return this == WINDOWS
                    ? path.matches("(?s)[A-Za-z]:[\\\\/].*") || path.startsWith("\\\\")
                    : path.startsWith("/");
        }

        private String join(String folder, String below) {
            boolean closed = folder.endsWith("/") || this == WINDOWS && folder.endsWith("\\");
            String separator = this == WINDOWS ? "\\" : "/";
            return folder + (closed ? "" : separator) + below.replace("/", separator);
        }
    }

    private final Os os;
    private final Function<String, String> variable;

    private Places(Os os, Function<String, String> variable) {
        this.os = os;
        this.variable = variable;
    }

    /** Those of this machine and user. */
    public static Places here() {
        return of(Os.here(), System::getenv);
    }

    /** Those of a system; the function looks a variable of the environment up, and says null where it is not set. */
    public static Places of(Os os, Function<String, String> variable) {
        return new Places(Objects.requireNonNull(os, "os"), Objects.requireNonNull(variable, "variable"));
    }

    /**
     * The files in which a product's license may lie, in the order in which they are looked at.
     *
     * @throws LicenseException {@link OutcomeCode#NAME_TOO_LONG}
     */
    public List<String> licenses(String product) throws LicenseException {
        String name = fileStem(product) + ".lic";
        return folders().stream().map(folder -> os.join(folder, name)).toList();
    }

    /** The folder that an operator named, and no other; else the user's own, then the machine's. */
    public List<String> folders() {
        String named = variable.apply("LICENSE_AGENT_DIR");
        if (named != null && !named.isEmpty()) {
            return List.of(named);
        }
        List<String> folders = new ArrayList<>();
        ownFolder().ifPresent(folder -> folders.add(os.join(folder, FOLDER)));
        machineFolder().ifPresent(folder -> folders.add(os.join(folder, FOLDER)));
        return folders;
    }

    private Optional<String> ownFolder() {
        return switch (os) {
            case WINDOWS -> wholePath("LOCALAPPDATA");
            case MACOS -> wholePath("HOME").map(home -> os.join(home, "Library/Application Support"));
            // A relative path there is to be ignored: XDG Base Directory Specification.
            case LINUX -> wholePath("XDG_DATA_HOME")
                    .or(() -> wholePath("HOME").map(home -> os.join(home, ".local/share")));
        };
    }

    private Optional<String> machineFolder() {
        return switch (os) {
            case LINUX -> Optional.of("/var/lib");
            case MACOS -> Optional.of("/Library/Application Support");
            case WINDOWS -> wholePath("ProgramData");
        };
    }

    private Optional<String> wholePath(String name) {
        return Optional.ofNullable(variable.apply(name)).filter(os::isWhole);
    }

    /** The product code with everything outside {@code [A-Za-z0-9._-]}, and a leading dot, percent-encoded. */
    static String fileStem(String product) throws LicenseException {
        StringBuilder stem = new StringBuilder();
        for (byte b : product.getBytes(StandardCharsets.UTF_8)) {
            boolean alphanumeric = b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z';
            if (alphanumeric || b == '_' || b == '-' || b == '.' && stem.length() > 0) {
                stem.append((char) b);
            } else {
                stem.append(String.format("%%%02X", b & 0xFF));
            }
            if (stem.length() > LONGEST_STEM) {
                throw new LicenseException(OutcomeCode.NAME_TOO_LONG, "the product code is too long to name a file");
            }
        }
        return stem.toString();
    }
}
