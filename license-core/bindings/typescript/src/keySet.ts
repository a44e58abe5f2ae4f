/** Signed key sets: by a key that is trusted the vendor tells which other keys are, and which is no longer. */

import { claimText } from "./claims.js";
import { trimAscii } from "./encoding.js";
import { isTexts, isWhole64, parseObject, wholeNumber } from "./json.js";
import { type KeyRing, readKeys, ringOf } from "./key.js";
import { LicenseError, Outcome, shown } from "./outcome.js";
import { type Compact, splitToken, thumbprint } from "./token.js";

const TYP = "license-keys+jwt";
const MOST_KEYS = 32;
const MOST_DISTRUSTED = 64;
/** The most sets that are kept one after the other. */
export const MOST_KEY_SETS = 16;

/** The vendor's keys at one time, as the key that signs tells them. */
interface KeySet {
  readonly token: string;
  readonly signer: string;
  readonly issuer: string;
  readonly sequence: number;
  readonly keys: KeyRing;
  readonly distrusted: readonly string[];
}

/** The sets that were taken, the oldest first: each is signed with a key of the vendor file or of the set before it. */
export class LearnedKeys {
  private constructor(
    readonly links: readonly KeySet[],
    /** Every key that any of them distrusted: none comes back. */
    readonly distrusted: ReadonlySet<string>,
  ) {}

  /** None yet. */
  static none(): LearnedKeys {
    return new LearnedKeys([], new Set());
  }

  /** One set on a line. */
  toString(): string {
    return this.links.map(({ token }) => `${token}\n`).join("");
  }

  /** Takes the sets of a text, one on a line; the error says why the last one was not taken. */
  async extend(
    own: KeyRing, issuer: string, sets: string,
  ): Promise<{ learned: LearnedKeys; error: LicenseError | undefined }> {
    let learned: LearnedKeys = this;
    let error: LicenseError | undefined;
    let count = 0;
    for (let from = 0; from < sets.length; ) {
      const end = sets.indexOf("\n", from);
      const line = trimAscii(sets.slice(from, end < 0 ? sets.length : end));
      from = end < 0 ? sets.length : end + 1;
      if (line === "") continue;
      count += 1;
      if (count > MOST_KEY_SETS) return { learned, error: tooMany() };
      error = undefined;
      if (learned.links.at(-1)?.token === line) continue;
      try {
        learned = await learned.#add(own, issuer, line);
      } catch (refused) {
        if (!(refused instanceof LicenseError)) throw refused;
        error = refused;
      }
    }
    return { learned, error };
  }

  /** The keys that count beside those of the vendor file, without the distrusted ones of either. */
  with(own: KeyRing): KeyRing {
    const all = [...own.values(), ...(this.links.at(-1)?.keys.values() ?? [])];
    return ringOf(all.filter((key) => !this.distrusted.has(key.id)));
  }

  async #add(own: KeyRing, issuer: string, token: string): Promise<LearnedKeys> {
    const set = await verifyKeySet(token, this.with(own), issuer);
    const last = this.links.at(-1);
    if (last && set.sequence <= last.sequence) {
      const sentence = `the key set has the number ${set.sequence}, and ${last.sequence} is known already`;
      throw new LicenseError(Outcome.keySetOld, sentence);
    }
    // The newest set of a key says all that its older ones said, so one of each signer is enough.
    const saysAll = last?.signer === set.signer && last.distrusted.every((id) => set.distrusted.includes(id));
    const links = [...(saysAll ? this.links.slice(0, -1) : this.links), set];
    if (links.length > MOST_KEY_SETS) {
      const first = links.shift();
      const isSaidAgain = (id: string) => links.some((link) => link.distrusted.includes(id));
      if (!holdTogether(links, own) || !first?.distrusted.every(isSaidAgain)) throw tooMany();
    }
    return new LearnedKeys(links, new Set([...this.distrusted, ...set.distrusted]));
  }
}

/** Whether each set is vouched for by the vendor file or the set before it. */
function holdTogether(links: readonly KeySet[], own: KeyRing): boolean {
  return links.every(({ signer }, at) => own.has(signer) || links[at - 1]?.keys.has(signer) === true);
}

function tooMany(): LicenseError {
  return new LicenseError(Outcome.keySetMalformed, `there are more than ${MOST_KEY_SETS} key sets`);
}

/** Checks form, key, signature, claims and issuer, in that order. */
async function verifyKeySet(token: string, keys: KeyRing, issuer: string): Promise<KeySet> {
  const split = splitToken(token, TYP);
  if (typeof split === "string") throw malformed(split);
  const key = keys.get(split.kid);
  if (!key) {
    const sentence = `the key set was signed with key ${split.kid}, which is not trusted here`;
    throw new LicenseError(Outcome.keySetUnknownKey, sentence);
  }
  if (!(await key.verifies(split.signed, split.signature))) {
    const sentence = "the signature of the key set does not fit: it was changed or forged";
    throw new LicenseError(Outcome.keySetSignature, sentence);
  }
  const set = await readKeySet(split);
  if (!set) throw malformed("its claims are not understood");
  if (set.issuer !== issuer) {
    throw new LicenseError(Outcome.keySetIssuer, `the key set is from ${shown(set.issuer)}, not from ${shown(issuer)}`);
  }
  return set;
}

function malformed(why: string): LicenseError {
  return new LicenseError(Outcome.keySetMalformed, `this is not a key set: ${why}`);
}

/** The payload of a set whose signature was verified. Members that are not known are ignored. */
async function readKeySet({ token, kid: signer, payload }: Compact): Promise<KeySet | undefined> {
  const members = parseObject(payload);
  const issuer = claimText(members?.get("iss"));
  const sequence = wholeNumber(members?.get("seq"), 1, Number.MAX_SAFE_INTEGER);
  const list = members?.has("distrusted") ? members.get("distrusted") : [];
  const keys = await readKeys(members?.get("keys"));
  if (issuer === undefined || sequence === undefined || !keys || !isTexts(list)) return undefined;
  const distrusted = list.map(thumbprint).filter((id) => id !== undefined);
  if (!isWhole64(members?.get("iat")) || distrusted.length !== list.length) return undefined;
  if (keys.size > MOST_KEYS || distrusted.length > MOST_DISTRUSTED || !keys.has(signer)) return undefined;
  if (distrusted.some((id) => keys.has(id))) return undefined;
  return { token, signer, issuer, sequence, keys, distrusted };
}
