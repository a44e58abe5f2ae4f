package license.core.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The TOML of vendor files: <a href="https://toml.io/en/v1.0.0">TOML 1.0</a> without dotted keys and texts over several
 * lines. Values are those of {@link Json}, but numbers, dates and times are {@link Scalar}.
 */
public final class Toml {
    private static final int LONGEST = 1 << 20;
    private static final int DEEPEST = 80;

    private final String text;
    private int at;
    private int depth;

    private Toml(String text) {
        this.text = text;
    }

    /** Reads a text of at most a mebibyte. */
    public static Map<String, Object> parse(String text) throws Json.Malformed {
        if (text.length() > LONGEST) {
            throw new Json.Malformed("it is too long");
        }
        if (Texts.hasLoneSurrogate(text)) {
            throw new Json.Malformed("it is no Unicode");
        }
        // A byte order mark may stand first.
        return new Toml(text.startsWith("\uFEFF") ? text.substring(1) : text).document();
    }

    private Map<String, Object> document() throws Json.Malformed {
        Map<String, Object> root = new LinkedHashMap<>();
        Map<String, Object> table = root;
        skipLines();
        while (at < text.length()) {
            if (take("[[")) {
                table = new LinkedHashMap<>();
                listOfTables(root, header("]]")).add(table);
            } else if (take("[")) {
                table = new LinkedHashMap<>();
                put(root, header("]"), table);
            } else {
                setting(table);
            }
            endLine();
            skipLines();
        }
        return root;
    }

    private String header(String end) throws Json.Malformed {
        skipBlanks();
        String name = key();
        skipBlanks();
        if (!take(end)) {
            throw malformed("the name of a table is not closed");
        }
        return name;
    }

    /** A list that was begun by another header of tables; one that was written as a value cannot be added to. */
    private static List<Object> listOfTables(Map<String, Object> root, String name) throws Json.Malformed {
        Object list = root.computeIfAbsent(name, unused -> new Tables());
        if (list instanceof Tables tables) {
            return tables;
        }
        throw new Json.Malformed("a setting stands twice");
    }

    private static final class Tables extends ArrayList<Object> {
        private static final long serialVersionUID = 1;
    }

    private void setting(Map<String, Object> table) throws Json.Malformed {
        String name = key();
        skipBlanks();
        if (!take("=")) {
            throw malformed("a setting has no =");
        }
        skipBlanks();
        put(table, name, value());
    }

    private void put(Map<String, Object> table, String name, Object value) throws Json.Malformed {
        if (table.putIfAbsent(name, value) != null) {
            throw malformed("a setting stands twice");
        }
    }

    private String key() throws Json.Malformed {
        if (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'')) {
            return string();
        }
        int start = at;
        while (at < text.length() && isBare(text.charAt(at))) {
            at++;
        }
        if (at == start) {
            throw malformed("a setting has no name");
        }
        return text.substring(start, at);
    }

    private static boolean isBare(char c) {
        return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-';
    }

    private Object value() throws Json.Malformed {
        if (at >= text.length()) {
            throw malformed("a setting has no value");
        }
        return switch (text.charAt(at)) {
            case '"', '\'' -> string();
            case '[' -> list();
            case '{' -> inlineTable();
            default -> word();
        };
    }

    private Object word() throws Json.Malformed {
        int start = at;
        skipWord();
        // A blank may stand between date and time.
        boolean isTimeNext = at + 1 < text.length() && text.charAt(at) == ' ' && isDigit(text.charAt(at + 1));
        if (isTimeNext && TomlScalar.isDay(text.substring(start, at))) {
            at++;
            skipWord();
        }
        String word = text.substring(start, at);
        if (word.equals("true") || word.equals("false")) {
            return word.equals("true");
        }
        if (TomlScalar.is(word)) {
            return new Scalar(word);
        }
        throw malformed("a value is not understood");
    }

    private void skipWord() {
        while (at < text.length() && (isBare(text.charAt(at)) || "+.:".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /** A number, a date or a time, as it is written. */
    public record Scalar(String written) {
        @Override
        public String toString() {
            return written;
        }
    }

    private List<Object> list() throws Json.Malformed {
        descend();
        List<Object> items = new ArrayList<>();
        skipLines();
        while (!take("]")) {
            items.add(value());
            skipLines();
            if (!take(",") && !(at < text.length() && text.charAt(at) == ']')) {
                throw malformed("a list is not closed");
            }
            skipLines();
        }
        depth--;
        return items;
    }

    private Map<String, Object> inlineTable() throws Json.Malformed {
        descend();
        Map<String, Object> table = new LinkedHashMap<>();
        skipBlanks();
        boolean more = !take("}");
        while (more) {
            skipBlanks();
            setting(table);
            skipBlanks();
            more = take(",");
            if (!more && !take("}")) {
                throw malformed("a table is not closed");
            }
        }
        depth--;
        return table;
    }

    private void descend() throws Json.Malformed {
        at++;
        if (++depth > DEEPEST) {
            throw malformed("it nests too deep");
        }
    }

    private String string() throws Json.Malformed {
        char quote = text.charAt(at++);
        StringBuilder string = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == quote) {
                if (string.length() == 0 && at < text.length() && text.charAt(at) == quote) {
                    throw malformed("texts over several lines are not understood");
                }
                return string.toString();
            }
            if (c < ' ' && c != '\t' || c == 0x7F) {
                break;
            }
            if (c == '\\' && quote == '"') {
                escape(string);
            } else {
                string.append(c);
            }
        }
        throw malformed("a text is not closed");
    }

    private void escape(StringBuilder string) throws Json.Malformed {
        char c = at < text.length() ? text.charAt(at++) : 0;
        switch (c) {
            case '"', '\\' -> string.append(c);
            case 'b' -> string.append('\b');
            case 't' -> string.append('\t');
            case 'n' -> string.append('\n');
            case 'f' -> string.append('\f');
            case 'r' -> string.append('\r');
            case 'u' -> string.appendCodePoint(scalar(4));
            case 'U' -> string.appendCodePoint(scalar(8));
            default -> throw malformed("an escape is not known");
        }
    }

    private int scalar(int digits) throws Json.Malformed {
        long value = 0;
        for (int n = 0; n < digits; n++) {
            int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at++), 16) : -1;
            if (digit < 0) {
                throw malformed("an escape is cut");
            }
            value = value << 4 | digit;
        }
        if (value > Character.MAX_CODE_POINT || value >= 0xD800 && value <= 0xDFFF) {
            throw malformed("an escape is no character");
        }
        return (int) value;
    }

    private boolean take(String mark) {
        boolean is = text.startsWith(mark, at);
        at += is ? mark.length() : 0;
        return is;
    }

    private void skipBlanks() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
    }

    /** Blanks, remarks and ends of lines. */
    private void skipLines() throws Json.Malformed {
        do {
            skipBlanks();
            skipRemark();
        } while (take("\n") || take("\r\n"));
    }

    /** Nothing but blanks and a remark up to the end of the line. */
    private void endLine() throws Json.Malformed {
        skipBlanks();
        skipRemark();
        if (at < text.length() && !take("\n") && !take("\r\n")) {
            throw malformed("something follows a setting on its line");
        }
    }

    private void skipRemark() throws Json.Malformed {
        if (!take("#")) {
            return;
        }
        while (at < text.length() && text.charAt(at) != '\n' && !text.startsWith("\r\n", at)) {
            char c = text.charAt(at++);
            if (c < ' ' && c != '\t' || c == 0x7F) {
                throw malformed("a control character is in a remark");
            }
        }
    }

    private Json.Malformed malformed(String why) {
        long line = text.substring(0, Math.min(at, text.length())).chars().filter(c -> c == '\n').count() + 1;
        return new Json.Malformed(why + " (line " + line + ")");
    }
}
