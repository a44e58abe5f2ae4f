/**
 * The numbers, dates and times of TOML 1.1. No setting of a vendor file is one; in a key they are passed over, and what is
 * none is an error there as well.
 */

const DIGITS = "[0-9](?:_?[0-9])*";
const DECIMAL = "[-+]?(?:0|[1-9](?:_?[0-9])*)";
const TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\\.[0-9]+)?)?";
const ZONE = "(?:[Zz]|[-+](?:[01][0-9]|2[0-3]):[0-5][0-9])";

const WHOLE = new RegExp(`^${DECIMAL}$`);
const BASED = /^0(?:x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|o[0-7](?:_?[0-7])*|b[01](?:_?[01])*)$/;
const FRACTION = new RegExp(`^${DECIMAL}(?:\\.${DIGITS})?(?:[Ee][-+]?${DIGITS})?$`);
const NO_NUMBER = /^[-+]?(?:inf|nan)$/;
const CLOCK = new RegExp(`^${TIME}$`);
const DATE = new RegExp(`^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]${TIME}${ZONE}?)?$`);

/** More digits than any number of 128 bits has, in any base. */
const MOST_DIGITS = 129;
const GREATEST = 2n ** 128n - 1n;
const LEAST = -(2n ** 127n);

/** Whether a word is a number, a date or a time. */
export function isTomlScalar(word: string): boolean {
  return NO_NUMBER.test(word) || isWhole(word) || isFraction(word) || CLOCK.test(word) || isDate(word);
}

function isWhole(word: string): boolean {
  const isBased = BASED.test(word);
  if (!isBased && !WHOLE.test(word)) return false;
  const digits = word.replaceAll("_", "").replace(/^0([xob])0+(?=.)/, "0$1");
  if (digits.length > MOST_DIGITS + 2) return false;
  const number = digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits.replace(/^\+/, ""));
  return LEAST <= number && number <= GREATEST;
}

function isFraction(word: string): boolean {
  return FRACTION.test(word) && !WHOLE.test(word) && Number.isFinite(Number(word.replaceAll("_", "")));
}

function isDate(word: string): boolean {
  const [, year, month, day] = DATE.exec(word) ?? [];
  const last = daysOf(Number(year), Number(month));
  return last !== undefined && Number(day) >= 1 && Number(day) <= last;
}

function daysOf(year: number, month: number): number | undefined {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}
