package license.core.internal;

import java.util.List;
import java.util.Map;

/** Writes what {@link Json} reads, without white space. */
public final class JsonWriter {
    private JsonWriter() {}

    /** The JSON of maps, lists, texts, whole numbers, booleans and null. */
    public static String write(Object value) {
        StringBuilder json = new StringBuilder();
        write(value, json);
        return json.toString();
    }

    private static void write(Object value, StringBuilder json) {
        if (value instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> member : map.entrySet()) {
                json.append(before);
                string(member.getKey().toString(), json);
                json.append(':');
                write(member.getValue(), json);
                before = ',';
            }
            json.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            char before = '[';
            for (Object item : list) {
                json.append(before);
                write(item, json);
                before = ',';
            }
            json.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof CharSequence text) {
            string(text.toString(), json);
        } else {
            json.append(value);
        }
    }

    private static void string(String text, StringBuilder json) {
        json.append('"');
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                default -> {
                    if (c < ' ') {
                        json.append(String.format("\\u%04x", (int) c));
                    } else {
                        json.append(c);
                    }
                }
            }
        }
        json.append('"');
    }
}
