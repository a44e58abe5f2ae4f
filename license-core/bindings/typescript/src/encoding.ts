/** Bytes and texts: strict base64url, Base32, hashes. */

import { LicenseError, Outcome } from "./outcome.js";

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Bytes that have a buffer of their own, as WebCrypto asks for. */
export type Bytes = Uint8Array<ArrayBuffer>;

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** UTF-8, strictly; a byte order mark stays what it is. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** base64url without padding and without stray bits (RFC 4648, section 5), or nothing. */
export function decodeBase64(text: string): Bytes | undefined {
  return decode(text, BASE64URL, 6);
}

/** Exactly so many bytes, or nothing. */
export function decodeBase64Of(text: string, size: number): Bytes | undefined {
  return text.length === Math.ceil((size * 8) / 6) ? decodeBase64(text) : undefined;
}

export function encodeBase64(bytes: Uint8Array): string {
  return encode(bytes, BASE64URL, 6);
}

/** Base32 in upper case without padding and without stray bits, or nothing. */
export function decodeBase32(text: string): Bytes | undefined {
  return decode(text, BASE32, 5);
}

function decode(text: string, alphabet: string, width: number): Bytes | undefined {
  const size = Math.floor((text.length * width) / 8);
  // Characters that add no byte are none that an encoder writes.
  if (Math.ceil((size * 8) / width) !== text.length) return undefined;
  const bytes = new Uint8Array(size);
  let [bits, held, at] = [0, 0, 0];
  for (const char of text) {
    const value = alphabet.indexOf(char);
    if (value < 0) return undefined;
    bits = (bits << width) | value;
    held += width;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
      bits &= (1 << held) - 1;
    }
  }
  return bits === 0 ? bytes : undefined;
}

function encode(bytes: Uint8Array, alphabet: string, width: number): string {
  let [text, bits, held] = ["", 0, 0];
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= width) {
      held -= width;
      text += alphabet.charAt(bits >> held);
      bits &= (1 << held) - 1;
    }
  }
  return held > 0 ? text + alphabet.charAt(bits << (width - held)) : text;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return compare(a, b) === 0;
}

/** As bytes are ordered: negative where `a` is before `b`. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function join(...parts: Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Without white space of ASCII at both ends. */
export function trimAscii(text: string): string {
  // By numbers: texts may have millions of blanks.
  const isBlank = (at: number) => {
    const char = text.charCodeAt(at);
    return char === 0x20 || char === 0x09 || char === 0x0a || char === 0x0c || char === 0x0d;
  };
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** WebCrypto: in browsers only a secure context has it. */
export function subtle(): SubtleCrypto {
  const found: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (!found) throw new LicenseError(Outcome.noEd25519, "this page is no secure context, so it has no WebCrypto");
  return found;
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle().digest("SHA-256", bytes));
}

/** The key of a seal: HMAC-SHA256. */
export async function sealKey(bytes: Bytes): Promise<CryptoKey> {
  return subtle().importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
