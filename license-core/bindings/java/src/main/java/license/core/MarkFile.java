package license.core;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The file of a clock's mark, read and written by one thread and program at a time, and replaced as a whole. */
final class MarkFile {
    private static final int LONGEST = 1024;

    /** How often a lock that another program holds is tried, and how long is waited in between. */
    private static final int TRIES = 50;

    private static final int PAUSE_MILLIS = 10;

    private static final Object ONE_THREAD = new Object();

    private MarkFile() {}

    /** Reads the mark, moves it, and writes it back where that can be done. */
    static ClockGuard.Judged observe(Path file, Trust trust, Device device, Observation seen) {
        synchronized (ONE_THREAD) {
            Lock lock = Lock.of(sibling(file, ".lock"));
            try {
                ClockGuard guard = ClockGuard.restore(trust, device, read(file));
                ClockGuard.Judged judged = guard.observe(seen);
                write(file, guard.toText());
                return judged;
            } finally {
                lock.release();
            }
        }
    }

    private static Path sibling(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    private static String read(Path file) {
        try {
            return new String(SmallFile.read(file, LONGEST), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /** What cannot be written is gone on without, as if the file had been deleted. */
    private static void write(Path file, String text) {
        try {
            SmallFile.replace(file, (text + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            // Told in License.verifyGuarded.
        }
    }

    /** A lock among programs, as good as the system and the folder allow. */
    private record Lock(FileChannel channel) {
        static Lock of(Path file) {
            FileChannel channel = null;
            try {
                if (file.toAbsolutePath().getParent() != null) {
                    Files.createDirectories(file.toAbsolutePath().getParent());
                }
                // A pipe would be waited for, and no link is followed to make a file elsewhere.
                if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    return new Lock(null);
                }
                channel = FileChannel.open(
                        file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
                FileLock lock = channel.tryLock();
                for (int tried = 1; lock == null && tried < TRIES; tried++) {
                    Thread.sleep(PAUSE_MILLIS);
                    lock = channel.tryLock();
                }
                return new Lock(channel);
            } catch (IOException | RuntimeException e) {
                return new Lock(channel);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Lock(channel);
            }
        }

        void release() {
            try {
                if (channel != null) {
                    channel.close(); // and lets go of the lock
                }
            } catch (IOException e) {
                // Nothing is left to be lost.
            }
        }
    }
}
