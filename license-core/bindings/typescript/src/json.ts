/** JSON of RFC 8259, strictly: no member twice at any depth, no half of a surrogate pair, no number beyond a double. */

import { textOf } from "./encoding.js";

/** How deep objects and lists may nest. */
export const DEEPEST = 127;

/** A number as it is written, since 20 and 20.0 are not the same here. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;
export type JsonObject = Map<string, Json>;

/** What was wrong with a text. */
export class JsonFault extends Error {}

/** Reads a text, or bytes of UTF-8, that is one object; nothing if it is none. */
export function parseObject(json: string | Uint8Array): JsonObject | undefined {
  const text = typeof json === "string" ? json : textOf(json);
  if (text === undefined) return undefined;
  try {
    const value = new Reader(text).whole();
    return value instanceof Map ? value : undefined;
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
}

/** A number that is written as a whole one and within `least` and `most`: no sign, no fraction, no exponent. */
export function wholeNumber(value: Json | undefined, least: number, most: number): number | undefined {
  if (!(value instanceof JsonNumber) || !/^(?:0|[1-9][0-9]*)$/.test(value.text)) return undefined;
  const number = Number(value.text);
  return least <= number && number <= most ? number : undefined;
}

/** Whether it is a whole number of 64 bits, which may be negative. */
export function isWhole64(value: Json | undefined): boolean {
  if (!(value instanceof JsonNumber) || !/^(?:0|-?[1-9][0-9]{0,18})$/.test(value.text)) return false;
  const number = BigInt(value.text);
  return BigInt.asIntN(64, number) === number;
}

export function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
};

class Reader {
  #at = 0;

  constructor(readonly text: string) {
    // A text that was handed over may hold what no UTF-8 does.
    if (/[\ud800-\udfff]/u.test(text)) throw new JsonFault("half of a surrogate pair");
  }

  whole(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.text.length) throw this.#fault("something follows");
    return value;
  }

  #fault(why: string): JsonFault {
    return new JsonFault(`${why} at ${this.#at}`);
  }

  #space(): void {
    while (this.#at < this.text.length && " \t\n\r".includes(this.text.charAt(this.#at))) this.#at++;
  }

  /** The next character that is no white space; an empty text at the end. */
  #next(): string {
    this.#space();
    return this.text.charAt(this.#at);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #value(depth: number): Json {
    const first = this.#next();
    if (first === "{" || first === "[") {
      if (depth === DEEPEST) throw this.#fault("it nests too deep");
      this.#at++;
      return first === "{" ? this.#object(depth + 1) : this.#list(depth + 1);
    }
    if (first === '"') return this.#quoted();
    for (const [word, value] of [["null", null], ["true", true], ["false", false]] as const) {
      if (this.text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    const number = this.#match(NUMBER);
    if (number === "" || !Number.isFinite(Number(number))) throw this.#fault("no value");
    return new JsonNumber(number);
  }

  #object(depth: number): JsonObject {
    const members: JsonObject = new Map();
    if (this.#next() === "}") {
      this.#at++;
      return members;
    }
    do {
      if (this.#next() !== '"') throw this.#fault("no name");
      const name = this.#quoted();
      if (members.has(name)) throw this.#fault("a member stands twice");
      if (this.#next() !== ":") throw this.#fault("no colon");
      this.#at++;
      members.set(name, this.#value(depth));
    } while (this.#goesOn("}"));
    return members;
  }

  #list(depth: number): Json[] {
    const items: Json[] = [];
    if (this.#next() === "]") {
      this.#at++;
      return items;
    }
    do items.push(this.#value(depth));
    while (this.#goesOn("]"));
    return items;
  }

  /** Passes a comma, or the end. */
  #goesOn(end: string): boolean {
    const next = this.#next();
    if (next !== "," && next !== end) throw this.#fault("no comma");
    this.#at++;
    return next === ",";
  }

  #quoted(): string {
    this.#at++;
    let out = "";
    for (;;) {
      out += this.#match(PLAIN);
      const char = this.text.charAt(this.#at++);
      if (char === '"') break;
      if (char !== "\\") throw this.#fault("a text without an end, or with a control character");
      const escape = this.text.charAt(this.#at++);
      if (escape === "u") {
        const digits = this.#match(/[0-9a-fA-F]{4}/y);
        if (digits === "") throw this.#fault("no four hex digits");
        out += String.fromCharCode(parseInt(digits, 16));
      } else if (Object.hasOwn(ESCAPES, escape)) {
        out += ESCAPES[escape];
      } else {
        throw this.#fault("an escape that is none");
      }
    }
    if (/[\ud800-\udfff]/u.test(out)) throw this.#fault("half of a surrogate pair");
    return out;
  }
}
