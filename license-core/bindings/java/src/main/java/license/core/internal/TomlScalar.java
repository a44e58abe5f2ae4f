package license.core.internal;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers, dates and times of <a href="https://toml.io/en/v1.1.0">TOML 1.1</a>. No setting of a vendor file is one; in
 * a key they are passed over, and what is none is an error there as well.
 *
 * <p>What repeats is possessive: else a long word would take a stack as deep as it is long.
 */
final class TomlScalar {
    private static final String DIGITS = "[0-9](?:_?[0-9])*+";
    private static final String DECIMAL = "[-+]?(?:0|[1-9](?:_?[0-9])*+)";
    private static final String TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\\.[0-9]++)?)?";
    private static final String ZONE = "(?:[Zz]|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])";

    private static final Pattern WHOLE = Pattern.compile(DECIMAL);
    private static final Pattern BASED =
            Pattern.compile("0(?:x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*+|o[0-7](?:_?[0-7])*+|b[01](?:_?[01])*+)");
    private static final Pattern FRACTION =
            Pattern.compile(DECIMAL + "(?:\\." + DIGITS + ")?(?:[Ee][-+]?" + DIGITS + ")?");
    private static final Pattern NO_NUMBER = Pattern.compile("[-+]?(?:inf|nan)");
    private static final Pattern CLOCK = Pattern.compile(TIME);
    private static final Pattern DATE =
            Pattern.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]" + TIME + ZONE + "?)?");
    private static final Pattern DAY = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    /** More digits than any number of 128 bits has, in any base. */
    private static final int MOST_DIGITS = 129;

    private static final int BITS = 128;

    private TomlScalar() {}

    /** Whether a word is a number, a date or a time. */
    static boolean is(String word) {
        return NO_NUMBER.matcher(word).matches()
                || isWhole(word)
                || isFraction(word)
                || CLOCK.matcher(word).matches()
                || isDate(word);
    }

    /** Whether a word is a date, behind which a time may stand after a blank. */
    static boolean isDay(String word) {
        return DAY.matcher(word).matches();
    }

    private static boolean isWhole(String word) {
        boolean isBased = BASED.matcher(word).matches();
        if (!isBased && !WHOLE.matcher(word).matches()) {
            return false;
        }
        String digits = word.replace("_", "");
        int radix = 10;
        if (isBased) {
            radix = digits.charAt(1) == 'x' ? 16 : digits.charAt(1) == 'o' ? 8 : 2;
            int from = 2;
            while (from < digits.length() - 1 && digits.charAt(from) == '0') {
                from++;
            }
            digits = digits.substring(from);
        }
        if (digits.length() > MOST_DIGITS) {
            return false;
        }
        BigInteger number = new BigInteger(digits, radix);
        return number.signum() < 0 ? number.bitLength() < BITS : number.bitLength() <= BITS;
    }

    private static boolean isFraction(String word) {
        return FRACTION.matcher(word).matches()
                && !WHOLE.matcher(word).matches()
                && Double.isFinite(Double.parseDouble(word.replace("_", "")));
    }

    private static boolean isDate(String word) {
        Matcher date = DATE.matcher(word);
        if (!date.matches()) {
            return false;
        }
        int day = Integer.parseInt(date.group(3));
        return day >= 1 && day <= daysOf(Integer.parseInt(date.group(1)), Integer.parseInt(date.group(2)));
    }

    private static int daysOf(int year, int month) {
        return switch (month) {
            case 1, 3, 5, 7, 8, 10, 12 -> 31;
            case 4, 6, 9, 11 -> 30;
            case 2 -> year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
            default -> 0;
        };
    }
}
