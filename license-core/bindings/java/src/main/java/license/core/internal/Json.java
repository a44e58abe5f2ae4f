package license.core.internal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Strict JSON of <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>: no member twice, no half of a surrogate
 * pair, nesting of at most 127, numbers that fit a double.
 *
 * <p>An object is a {@link Map}, a list a {@link List}, a text a {@link String}, a number that is written whole and
 * fits one a {@link Long}, any other a {@link Double}; true, false and null are {@link Boolean} and null.
 */
public final class Json {
    private static final int DEEPEST = 127;

    /** The text is no JSON, or not of the kind that is read. */
    public static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        /** With what is wrong. */
        public Malformed(String why) {
            super(why, null, false, false);
        }
    }

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /** Reads a text. */
    public static Object parse(String text) throws Malformed {
        Json json = new Json(text);
        Object value = json.value();
        json.skipSpace();
        if (json.at < text.length()) {
            throw new Malformed("something follows its end");
        }
        return value;
    }

    /** Reads UTF-8 that must be an object. */
    public static Map<String, Object> parseObject(byte[] utf8) throws Malformed {
        String text = Texts.fromUtf8(utf8);
        if (text == null) {
            throw new Malformed("it is not UTF-8");
        }
        return object(parse(text), "it");
    }

    /** The value as an object. */
    @SuppressWarnings("unchecked") // made here alone, with texts as keys
    public static Map<String, Object> object(Object value, String what) throws Malformed {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        throw new Malformed(what + " is no object");
    }

    /** The value as a list. */
    public static List<?> list(Object value, String what) throws Malformed {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new Malformed(what + " is no list");
    }

    /** A member that is a text. */
    public static String text(Map<String, Object> object, String member) throws Malformed {
        if (object.get(member) instanceof String text) {
            return text;
        }
        throw new Malformed(member + " is no text");
    }

    /** A member that is a whole number within bounds. */
    public static long number(Map<String, Object> object, String member, long least, long most) throws Malformed {
        if (object.get(member) instanceof Long number && number >= least && number <= most) {
            return number;
        }
        throw new Malformed(member + " is no whole number from " + least + " to " + most);
    }

    private Object value() throws Malformed {
        skipSpace();
        if (at >= text.length()) {
            throw new Malformed("it is cut");
        }
        return switch (text.charAt(at)) {
            case '{' -> object();
            case '[' -> list();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Object word(String word, Object value) throws Malformed {
        if (!text.startsWith(word, at)) {
            throw new Malformed("a word in it is not known");
        }
        at += word.length();
        return value;
    }

    private Map<String, Object> object() throws Malformed {
        descend();
        Map<String, Object> members = new LinkedHashMap<>();
        boolean more = !closes('}');
        while (more) {
            skipSpace();
            if (at >= text.length() || text.charAt(at) != '"') {
                throw new Malformed("a member has no name");
            }
            String name = string();
            skipSpace();
            expect(':');
            if (members.containsKey(name)) {
                throw new Malformed("a member stands twice");
            }
            members.put(name, value());
            more = goesOn('}');
        }
        depth--;
        return members;
    }

    private List<Object> list() throws Malformed {
        descend();
        List<Object> items = new ArrayList<>();
        boolean more = !closes(']');
        while (more) {
            items.add(value());
            more = goesOn(']');
        }
        depth--;
        return items;
    }

    private void descend() throws Malformed {
        at++;
        if (++depth > DEEPEST) {
            throw new Malformed("it nests too deep");
        }
    }

    private boolean closes(char end) {
        skipSpace();
        boolean closes = at < text.length() && text.charAt(at) == end;
        at += closes ? 1 : 0;
        return closes;
    }

    private boolean goesOn(char end) throws Malformed {
        if (closes(end)) {
            return false;
        }
        expect(',');
        return true;
    }

    private void expect(char c) throws Malformed {
        if (at >= text.length() || text.charAt(at) != c) {
            throw new Malformed("a '" + c + "' is missing");
        }
        at++;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private String string() throws Malformed {
        int start = ++at;
        StringBuilder built = null;
        boolean checked = false;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                String plain = text.substring(start, at++);
                String whole = built == null ? plain : built.append(plain).toString();
                if (checked && Texts.hasLoneSurrogate(whole)) {
                    throw new Malformed("half of a surrogate pair is in it");
                }
                return whole;
            }
            if (c < ' ') {
                throw new Malformed("a control character is in it");
            }
            if (c == '\\') {
                built = built == null ? new StringBuilder() : built;
                built.append(text, start, at);
                at++;
                char escaped = escape();
                checked |= Character.isSurrogate(escaped);
                built.append(escaped);
                start = at;
            } else {
                checked |= Character.isSurrogate(c);
                at++;
            }
        }
        throw new Malformed("a text in it is cut");
    }

    private char escape() throws Malformed {
        if (at >= text.length()) {
            throw new Malformed("a text in it is cut");
        }
        char c = text.charAt(at++);
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hex();
            default -> throw new Malformed("an escape in it is not known");
        };
    }

    private char hex() throws Malformed {
        int value = 0;
        for (int n = 0; n < 4; n++) {
            int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw new Malformed("an escape in it is cut");
            }
            value = value << 4 | digit;
            at++;
        }
        return (char) value;
    }

    private Object number() throws Malformed {
        int start = at;
        if (is('-')) {
            at++;
        }
        int digits = at;
        digits();
        if (text.charAt(digits) == '0' && at - digits > 1) {
            throw new Malformed("a number begins with 0");
        }
        boolean whole = true;
        if (is('.')) {
            at++;
            digits();
            whole = false;
        }
        if (is('e') || is('E')) {
            at++;
            if (is('+') || is('-')) {
                at++;
            }
            digits();
            whole = false;
        }
        String written = text.substring(start, at);
        // Below 19 characters it fits a long; "-0" is a number with a sign and no integer of its own.
        if (whole && !written.equals("-0")) {
            try {
                return Long.valueOf(written);
            } catch (NumberFormatException e) {
                // Larger: a double, if it is one.
            }
        }
        double number = Double.parseDouble(written);
        if (Double.isInfinite(number)) {
            throw new Malformed("a number is out of range");
        }
        return number;
    }

    private void digits() throws Malformed {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start) {
            throw new Malformed("a digit is missing");
        }
    }

    private boolean is(char c) {
        return at < text.length() && text.charAt(at) == c;
    }
}
