package license.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The program that {@code license-conformance} asks: {@code license-conformance run -- java -jar license-core.jar}. It
 * shows that this library answers as the Rust core does, on the very Java that a product runs on.
 */
public final class Conformance {
    private Conformance() {}

    /** Answers each line of the standard input with one of the standard output. */
    public static void main(String[] arguments) throws IOException {
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        for (String line = questions.readLine(); line != null; line = questions.readLine()) {
            answers.print(ConformanceAnswers.answer(line) + "\n");
            // Questions that are here already are answered together.
            if (!questions.ready()) {
                answers.flush();
            }
        }
        answers.flush();
    }
}
