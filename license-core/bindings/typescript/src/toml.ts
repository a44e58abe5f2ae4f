/**
 * As much of TOML as vendor files are made of: settings with texts on one line, numbers, true and false, lists, inline
 * tables, [[lists of tables]], remarks. Tables of other kinds, dotted names and texts over several lines are errors. What
 * comes out is the same tree that JSON gives.
 */

import { type Json, JsonFault, JsonNumber, type JsonObject } from "./json.js";
import { isTomlScalar } from "./tomlScalar.js";

/** Reads a text; throws a `JsonFault` that names the line. */
export function parseToml(text: string): JsonObject {
  return new Reader(text).whole();
}

/** A word without quotes: a blank may stand between date and time. */
const WORD = /(?:[0-9]{4}-[0-9]{2}-[0-9]{2} (?=[0-9]))?[-A-Za-z0-9_+.:]+/y;
/** How deep lists and inline tables may nest. */
const DEEPEST = 80;
/** What may stand between settings, and between the items of a list. */
const LINES = /(?:[ \t\n]|\r\n|#[^\u0000-\u0008\u000a-\u001f\u007f]*)/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', "\\": "\\", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t",
};

class Reader {
  #at = 0;
  readonly #text: string;
  /** Lists that were begun with [[: others are not added to. */
  readonly #lists = new Map<string, Json[]>();

  constructor(text: string) {
    this.#text = text.replace(/^\ufeff/, "");
    if (/[\ud800-\udfff]/u.test(this.#text)) throw this.#fault("half of a surrogate pair");
  }

  whole(): JsonObject {
    const root: JsonObject = new Map();
    let table = root; // that the next setting belongs to
    for (;;) {
      this.#lines();
      if (this.#at >= this.#text.length) return root;
      if (this.#skip("[[")) table = this.#tableOfList(root);
      else this.#setting(table, 0);
      const ends = this.#match(/[ \t]*(?:#[^\u0000-\u0008\u000a-\u001f\u007f]*)?(?:\r?\n)?/y);
      if (!ends.endsWith("\n") && this.#at < this.#text.length) throw this.#fault("something follows");
    }
  }

  #fault(why: string): JsonFault {
    return new JsonFault(`${why} in line ${this.#text.slice(0, this.#at).split("\n").length}`);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #skip(wanted: string): boolean {
    if (!this.#text.startsWith(wanted, this.#at)) return false;
    this.#at += wanted.length;
    return true;
  }

  #blank(): void {
    this.#match(/[ \t]*/y);
  }

  /** Blanks, ends of lines, remarks; one by one, since an expression for all of them remembers each. */
  #lines(): void {
    while (this.#match(LINES) !== "");
  }

  /** What follows [[: an empty table more in that list. */
  #tableOfList(root: JsonObject): JsonObject {
    this.#blank();
    const name = this.#name();
    this.#blank();
    if (!this.#skip("]]")) throw this.#fault("no ]]");
    let list = this.#lists.get(name);
    if (!list) {
      if (root.has(name)) throw this.#fault("a setting stands twice");
      list = [];
      this.#lists.set(name, list);
      root.set(name, list);
    }
    const table: JsonObject = new Map();
    list.push(table);
    return table;
  }

  #setting(table: JsonObject, depth: number): void {
    const name = this.#name();
    this.#blank();
    if (!this.#skip("=")) throw this.#fault("no =");
    this.#blank();
    const value = this.#value(depth);
    if (table.has(name)) throw this.#fault("a setting stands twice");
    table.set(name, value);
  }

  #name(): string {
    if (/["']/.test(this.#text.charAt(this.#at))) return this.#quoted();
    const name = this.#match(/[-A-Za-z0-9_]+/y);
    if (name === "") throw this.#fault("no name");
    return name;
  }

  #value(depth: number): Json {
    if (depth === DEEPEST && /[[{]/.test(this.#text.charAt(this.#at))) throw this.#fault("it nests too deep");
    if (/["']/.test(this.#text.charAt(this.#at))) return this.#quoted();
    if (this.#skip("[")) return this.#list(depth + 1);
    if (this.#skip("{")) return this.#inlineTable(depth + 1);
    const word = this.#match(WORD);
    if (word === "true" || word === "false") return word === "true";
    if (!isTomlScalar(word)) throw this.#fault("no value");
    return new JsonNumber(word);
  }

  #list(depth: number): Json[] {
    const items: Json[] = [];
    for (;;) {
      this.#lines();
      if (this.#skip("]")) return items;
      items.push(this.#value(depth));
      this.#lines();
      if (!this.#skip(",") && this.#text.charAt(this.#at) !== "]") throw this.#fault("no comma");
    }
  }

  #inlineTable(depth: number): JsonObject {
    const table: JsonObject = new Map();
    this.#blank();
    if (this.#skip("}")) return table;
    for (;;) {
      this.#blank();
      this.#setting(table, depth);
      this.#blank();
      if (this.#skip("}")) return table;
      if (!this.#skip(",")) throw this.#fault("no comma");
    }
  }

  /** A text between quotes of either kind, on one line. */
  #quoted(): string {
    if (this.#skip('"""') || this.#skip("'''")) throw this.#fault("a text over several lines");
    const quote = this.#text.charAt(this.#at++);
    let out = "";
    for (;;) {
      out += this.#match(quote === '"' ? /[^"\\\u0000-\u0008\u000a-\u001f\u007f]*/y : /[^'\u0000-\u0008\u000a-\u001f\u007f]*/y);
      if (this.#skip(quote)) return out;
      if (!this.#skip("\\")) throw this.#fault("a text without an end, or with a control character");
      out += this.#escaped();
    }
  }

  #escaped(): string {
    const digits = this.#match(/u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}/y).slice(1);
    if (digits !== "") {
      const char = parseInt(digits, 16);
      if (char > 0x10ffff || (char >= 0xd800 && char <= 0xdfff)) throw this.#fault("no character");
      return String.fromCodePoint(char);
    }
    const escape = this.#text.charAt(this.#at++);
    const char = Object.hasOwn(ESCAPES, escape) ? ESCAPES[escape] : undefined;
    if (char === undefined) throw this.#fault("an escape that is none");
    return char;
  }
}
