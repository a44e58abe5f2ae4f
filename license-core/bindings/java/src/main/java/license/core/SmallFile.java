package license.core;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files that somebody else may have put there: read up to a bound, written as a whole, and no pipe is waited for. */
final class SmallFile {
    private SmallFile() {}

    /**
     * The file's bytes, or so many of them and one more.
     *
     * @throws IOException what the system says, or that it is not a file
     */
    static byte[] read(Path file, int longest) throws IOException {
        // Opening a pipe waits for whoever writes into it; folders and what cannot be looked at are for the system to name.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new IOException("it is not a file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(longest + 1);
        }
    }

    /**
     * Writes a file beside its place, makes it last, and gives it the name. A link at the place is replaced and not
     * followed.
     */
    static void replace(Path file, byte[] bytes) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IOException("it is not a file");
        }
        Path beside = Files.createTempFile(folder, file.getFileName() + ".", ".new");
        try {
            try (FileChannel out = FileChannel.open(beside, StandardOpenOption.WRITE)) {
                ByteBuffer left = ByteBuffer.wrap(bytes);
                while (left.hasRemaining()) {
                    out.write(left);
                }
                out.force(true);
            }
            move(beside, file);
        } catch (IOException e) {
            Files.deleteIfExists(beside);
            throw e;
        }
        try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException e) {
            // Not every system can make a name last; the file is there all the same.
        }
    }

    private static void move(Path beside, Path file) throws IOException {
        try {
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
