/** The `DF1-…` text that license-agent prints. */

import { compare, decodeBase32, encodeBase64, isSame, join, sha256, trimAscii, utf8 } from "./encoding.js";
import { byteOf, isAnchor, type Kind, kindOfByte, limitOf } from "./kind.js";
import { LicenseError, Outcome, type OutcomeNumber } from "./outcome.js";

export const TAG_SIZE = 4;
export const DIGEST_SIZE = 10;
const RECORD_SIZE = 1 + DIGEST_SIZE;
const CHECK_SIZE = 4;
const PRIVILEGED = 0x80;
const LONGEST_TEXT = 5120;

/** One hardware fact, digested under the vendor's realm. A pseudonym: treat it as personal data. */
export interface Component {
  readonly kind: Kind;
  /** 10 bytes in base64url. */
  readonly digest: string;
  /** Whether it was read with rights that an ordinary user lacks. */
  readonly privileged: boolean;
}

/** What stands for a realm in texts and licenses: 4 bytes. */
export async function tagOf(realm: string): Promise<Uint8Array> {
  return (await sha256(utf8(`device-fingerprint/v1\0${realm}`))).slice(0, TAG_SIZE);
}

/**
 * Reads the text that license-agent prints, without case; blanks, line breaks and dashes in it are passed over. Other
 * texts, which a store may accept, are not read here: they are `textNotAlone`.
 *
 * @throws {LicenseError} one of the texts' outcomes
 */
export async function parseFingerprint(realm: string, text: string): Promise<readonly Component[]> {
  return readFingerprint(await tagOf(realm), text);
}

export async function readFingerprint(realm: Uint8Array, said: string): Promise<readonly Component[]> {
  const text = trimAscii(said);
  if (text === "") throw fault(Outcome.textMissing, "there is no device fingerprint; let license-agent print one");
  if (utf8(text).length > LONGEST_TEXT) {
    throw fault(Outcome.textTooLong, `the fingerprint text is longer than ${LONGEST_TEXT} bytes`);
  }
  if (/^df(?:[02-9]|1[0-9]|[0-9]{2,})[0-9]*-[-a-z2-7\t\n\f\r ]*$/i.test(text)) {
    throw fault(Outcome.textVersion, "the fingerprint is of a version that this program does not know; update it");
  }
  if (!/^df1/i.test(text)) {
    throw fault(Outcome.textNotAlone, "this is not the text that license-agent fingerprint prints, which begins DF1-");
  }
  // ASCII alone is turned to capitals: no other letter is Base32.
  const body = text.slice(3).replace(/[-\t\n\f\r ]/g, "").replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const bytes = decodeBase32(body);
  const records = (bytes?.length ?? 0) - TAG_SIZE - CHECK_SIZE;
  if (!bytes || records < 0 || records % RECORD_SIZE !== 0) throw broken();
  const checked = bytes.slice(0, TAG_SIZE + records);
  if (!isSame((await sha256(checked)).slice(0, CHECK_SIZE), bytes.slice(TAG_SIZE + records))) throw broken();
  if (!isSame(checked.slice(0, TAG_SIZE), realm)) {
    throw fault(Outcome.textRealm, "the fingerprint was made for another vendor; collect it with this vendor's agent");
  }
  return readRecords(checked.subarray(TAG_SIZE));
}

function fault(outcome: OutcomeNumber, sentence: string): LicenseError {
  return new LicenseError(outcome, sentence);
}

function broken(): LicenseError {
  return fault(Outcome.textChecksum, "the fingerprint text is incomplete or mistyped; copy all of it again");
}

function malformed(why: string): LicenseError {
  return fault(Outcome.textMalformed, `the fingerprint is malformed: ${why}`);
}

/** Kind bytes and digests; faults in the order of the format. */
function readRecords(bytes: Uint8Array): readonly Component[] {
  const components: Component[] = [];
  let inOrder = true;
  for (let at = 0; at < bytes.length; at += RECORD_SIZE) {
    const record = bytes.subarray(at, at + RECORD_SIZE);
    const byte = record[0] ?? 0;
    const kind = kindOfByte(byte & ~PRIVILEGED);
    if (!kind) {
      throw fault(Outcome.textVersion, "the fingerprint is of a version that this program does not know; update it");
    }
    inOrder &&= at === 0 || compare(bytes.subarray(at - RECORD_SIZE, at), record) < 0;
    components.push({ kind, digest: encodeBase64(record.subarray(1)), privileged: (byte & PRIVILEGED) !== 0 });
  }
  if (!inOrder) throw malformed("the components are not in order");
  // What was read with rights and without needed none.
  const unique = components.filter(
    (one) => !one.privileged || !components.some((other) => !other.privileged && isOne(one, other)),
  );
  check(unique);
  if (unique.length !== components.length) throw malformed("a component is there twice");
  return Object.freeze(unique.map((component) => Object.freeze(component)));
}

function isOne(a: Component, b: Component): boolean {
  return a.kind === b.kind && a.digest === b.digest;
}

function check(components: readonly Component[]): void {
  const counts = new Map<Kind, number>();
  for (const { kind } of components) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts) {
    if (count > limitOf(kind)) {
      throw fault(
        Outcome.textTooMany,
        `the fingerprint lists ${count} values of kind ${kind}, at most ${limitOf(kind)} are accepted`,
      );
    }
  }
  if (counts.has("custom") && components.length > 1) throw malformed("a custom id stands alone");
  if (!components.some(({ kind }) => isAnchor(kind))) {
    throw fault(Outcome.textNoAnchor, "nothing in the fingerprint names one machine; collect with more rights");
  }
}

/** What names the installation and stays when parts are changed: for the key of the clock's mark. */
export function installationBytes(components: readonly Component[], digest: (text: string) => Uint8Array): Uint8Array {
  const named = components.filter(({ kind }) => kind === "os" || kind === "custom");
  return join(...named.flatMap(({ kind, digest: text }) => [Uint8Array.of(byteOf(kind)), digest(text)]));
}
