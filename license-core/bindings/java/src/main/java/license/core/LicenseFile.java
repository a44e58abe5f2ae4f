package license.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import license.core.internal.Texts;

/**
 * A product's installed license as it was when it was last looked at; {@link #refresh} sees a renewed one. Nothing in
 * it is verified. May be shared by threads.
 */
public final class LicenseFile {
    /** Longest file of a license that is read: a token, and blanks around it. */
    private static final int LONGEST_FILE = Compact.LONGEST + 1024;

    /** Longest text of learned keys that is read. */
    private static final int LONGEST_KEYS = 16 * (Compact.LONGEST + 1);

    private final List<Path> places;
    private Path path;
    private Snapshot license = Snapshot.NONE;
    private Snapshot keys = Snapshot.NONE;

    private LicenseFile(List<Path> places) {
        this.places = List.copyOf(places);
        refresh();
    }

    /**
     * Looks for a product's license where license-agent puts it on this machine.
     *
     * @throws LicenseException {@link OutcomeCode#NAME_TOO_LONG}; that no license is there is for {@link #text} to say
     */
    public static LicenseFile find(String product) throws LicenseException {
        List<Path> places = new ArrayList<>();
        for (String file : Places.here().licenses(product)) {
            try {
                places.add(Path.of(file));
            } catch (InvalidPathException e) {
                // A folder that cannot be named is left out.
            }
        }
        return among(places);
    }

    /** Looks for a license in one file alone. */
    public static LicenseFile at(Path file) {
        return among(List.of(file));
    }

    /** Looks for a license in several files, of which the first that is there counts. */
    public static LicenseFile among(List<Path> files) {
        return new LicenseFile(files);
    }

    /**
     * The license's text, to be verified; empty where what is there is too long or no text.
     *
     * @throws LicenseException {@link OutcomeCode#NOT_INSTALLED}, {@link OutcomeCode#UNREADABLE_FILE}
     */
    public synchronized String text() throws LicenseException {
        if (path == null) {
            String looked = places.isEmpty()
                    ? "no folder, since none is known for this user"
                    : places.stream().map(Path::toString).collect(Collectors.joining(", "));
            throw new LicenseException(
                    OutcomeCode.NOT_INSTALLED, "no license is installed; looked for " + looked);
        }
        if (license.fault != null) {
            throw new LicenseException(
                    OutcomeCode.UNREADABLE_FILE,
                    "the installed license " + path + " cannot be read: " + license.fault.getMessage(),
                    license.fault);
        }
        return license.text;
    }

    /**
     * Verifies the license by this machine's clock, guarded by a mark, and with the keys that the agent learned: {@link
     * License#verifyGuarded}.
     *
     * @throws LicenseException why there is no license that holds
     */
    public License verify(Trust trust, Device device, Path mark) throws LicenseException {
        String token;
        Trust learned;
        synchronized (this) {
            token = text();
            learned = trust.learning(keys.text);
        }
        return License.verifyGuarded(token, learned, device, mark);
    }

    /** The signed key sets that the agent learned, for {@link Trust#learning}; empty if there are none. */
    public synchronized String learnedKeys() {
        return keys.text;
    }

    /** The file that is read; nothing while there is none. */
    public synchronized Optional<Path> path() {
        return Optional.ofNullable(path);
    }

    /**
     * Looks again; whether license or learned keys are others than before, or came or went.
     *
     * <p>A file is only read where its size, the time of its last change or its inode differ, so this costs a few
     * microseconds and may be called before every use. No thread and no handle stays behind.
     */
    public synchronized boolean refresh() {
        Path there = places.stream().filter(LicenseFile::isThere).findFirst().orElse(null);
        boolean moved = !Objects.equals(there, path);
        if (moved) {
            // Another place has another license and other keys.
            path = there;
            license = Snapshot.NONE;
            keys = Snapshot.NONE;
        }
        if (path == null) {
            return moved;
        }
        Snapshot newLicense = license.refreshed(path, LONGEST_FILE);
        Snapshot newKeys = keys.refreshed(keysBeside(path), LONGEST_KEYS);
        boolean changed = moved || !newLicense.saysTheSame(license) || !newKeys.saysTheSame(keys);
        license = newLicense;
        keys = newKeys;
        return changed;
    }

    private static Path keysBeside(Path license) {
        String name = license.getFileName() == null ? "" : license.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return license.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".keys");
    }

    /** Whether a file is there, be it one that cannot be read. */
    private static boolean isThere(Path file) {
        try {
            Files.readAttributes(file, BasicFileAttributes.class);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            // Below something that is no folder there is no file.
            Path above = file.toAbsolutePath().getParent();
            while (above != null && Files.notExists(above)) {
                above = above.getParent();
            }
            return above == null || !Files.isRegularFile(above);
        }
    }

    /** What tells a file that was replaced from one that was not, without reading it. */
    private record Stamp(long size, long modified, Object identity) {
        static Stamp of(Path file) {
            try {
                BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class);
                return new Stamp(is.size(), is.lastModifiedTime().to(TimeUnit.NANOSECONDS), is.fileKey());
            } catch (IOException e) {
                return null;
            }
        }
    }

    /** A file at one time: a text of bounded length, an empty one if it is none, or why it could not be read. */
    private record Snapshot(Stamp stamp, String text, IOException fault) {
        static final Snapshot NONE = new Snapshot(null, "", null);

        Snapshot refreshed(Path file, int longest) {
            Stamp now = Stamp.of(file);
            // What could not be read may be readable now, though nothing about the file changed.
            if (Objects.equals(now, stamp) && (now == null ? !isThere(file) : fault == null)) {
                return this;
            }
            try {
                byte[] bytes = SmallFile.read(file, longest);
                String read = bytes.length > longest ? null : Texts.fromUtf8(bytes);
                return new Snapshot(now, read == null ? "" : Texts.trimAscii(read), null);
            } catch (IOException e) {
                return new Snapshot(now, "", e);
            }
        }

        boolean saysTheSame(Snapshot other) {
            return text.equals(other.text) && (fault == null) == (other.fault == null);
        }
    }
}
