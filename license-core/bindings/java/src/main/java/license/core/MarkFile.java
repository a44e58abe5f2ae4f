package license.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LONGEST), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }

    /** What cannot be written is gone on without, as if the file had been deleted. */
    private static void write(Path file, String text) {
        Path beside = sibling(file, ".new");
        try {
            try (FileChannel out = FileChannel.open(
                    beside,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            replace(beside, file);
        } catch (IOException e) {
            // Told in License.verifyGuarded.
        }
    }

    private static void replace(Path beside, Path file) throws IOException {
        try {
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
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
                channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
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
