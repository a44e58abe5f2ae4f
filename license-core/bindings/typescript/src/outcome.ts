/** Stable words and numbers for everything that a check can come to: docs/sdk/conformance.md. */

import type { ClockVerdict } from "./clock.js";
import type { Verdict } from "./matching.js";

/** What a check came to. Below 10 a license holds; from 100 on the numbers are this package's own. */
export const Outcome = {
  /** The license holds. */
  active: 0,
  /** It is over and still works: the buyer should renew. */
  grace: 1,
  /** No license in a form that is understood. */
  malformed: 10,
  /** Signed with a key that is not trusted. */
  unknownKey: 11,
  /** Changed or forged. */
  signature: 12,
  /** Another vendor's. */
  issuer: 13,
  /** For another product. */
  product: 14,
  /** It begins later. */
  notYetValid: 15,
  /** Over, grace included. */
  expired: 16,
  /** Bound to another machine, or too much of this one was changed. */
  device: 17,
  /** Bound to facts that take rights to read. */
  needsPrivileges: 18,
  /** A test license where real ones are asked for. */
  testLicense: 19,
  /** A real license where test ones are asked for. */
  realLicense: 20,
  /** It is not shown that this machine has the license's key. */
  possession: 21,
  /** Over or not begun, and the clock is wrong. */
  clock: 22,
  /** There is no fingerprint text. */
  textMissing: 30,
  /** Something around it, or another text than the agent's. */
  textNotAlone: 32,
  /** Nothing in it names one machine. */
  textNoAnchor: 33,
  /** More values than one machine may list. */
  textTooMany: 34,
  /** Mistyped or cut. */
  textChecksum: 35,
  /** Made for another vendor. */
  textRealm: 36,
  /** Of a newer program. */
  textVersion: 37,
  /** Intact, but not what the format allows. */
  textMalformed: 38,
  /** Over 5,120 bytes. */
  textTooLong: 39,
  /** No key set in a form that is understood. */
  keySetMalformed: 40,
  /** A key set signed with a key that is not trusted. */
  keySetUnknownKey: 41,
  /** A key set that was changed or forged. */
  keySetSignature: 42,
  /** A key set of another vendor's. */
  keySetIssuer: 43,
  /** A key set that is not newer than the last one. */
  keySetOld: 44,
  /** A vendor file or a key that cannot be used. */
  unusableTrust: 50,
  /** A device that cannot be read. */
  unreadableDevice: 51,
  /** The product code cannot name a file. */
  nameTooLong: 52,
  /** No license lies where one is looked for. */
  notInstalled: 53,
  /** It is there and cannot be read. */
  unreadableFile: 54,
  /** license-agent is neither beside the program nor on the path. */
  agentNotFound: 100,
  /** license-agent gave no answer in time, or complained. */
  agentFailed: 101,
  /** The license holds, and the file of the clock's mark cannot be written. */
  unreadableMark: 102,
  /** A challenge that is none. */
  malformedChallenge: 103,
  /** This platform's WebCrypto cannot verify Ed25519, or the page is no secure context. */
  noEd25519: 104,
} as const;

/** The number of an outcome. */
export type OutcomeNumber = (typeof Outcome)[keyof typeof Outcome];

const words = new Map<number, string>();
for (const [name, number] of Object.entries(Outcome)) {
  const subject = number >= 30 && number < 40 ? /^text/ : number >= 40 && number < 50 ? /^keySet/ : /^$/;
  const word = name.replace(subject, "").replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  words.set(number, word.replace(/^-/, ""));
}

/** The stable word of an outcome. Those of different subjects may be the same. */
export function wordOf(outcome: OutcomeNumber): string {
  return words.get(outcome) ?? `outcome ${outcome}`;
}

/** The first check that failed: the only kind of error that an input can cause here. */
export class LicenseError extends Error {
  override readonly name = "LicenseError";
  /** The stable number. */
  readonly outcome: OutcomeNumber;
  /** How the licensed device compares with the machine, where the outcome is `device` or `needsPrivileges`. */
  readonly verdict: Verdict | undefined;
  /** The stable word for why a proof proves nothing, where the outcome is `possession`. */
  readonly proof: string | undefined;
  /** What is wrong with the clock, where the outcome is `clock`. */
  readonly clock: ClockVerdict | undefined;

  constructor(
    outcome: OutcomeNumber,
    sentence: string,
    more: { verdict?: Verdict; proof?: string; clock?: ClockVerdict; cause?: unknown } = {},
  ) {
    super(sentence, "cause" in more ? { cause: more.cause } : undefined);
    this.outcome = outcome;
    this.verdict = more.verdict;
    this.proof = more.proof;
    this.clock = more.clock;
  }

  /** The stable word. */
  get word(): string {
    return wordOf(this.outcome);
  }

  /** What a buyer can do about it; empty where only the maker of the program can. */
  get advice(): string {
    return ADVICE[this.outcome] ?? "";
  }
}

/** Says to a buyer, in one or two sentences, what is wrong and what helps. */
export function explain(error: unknown): string {
  if (!(error instanceof LicenseError)) return String(error);
  const sentence = error.message.charAt(0).toUpperCase() + error.message.slice(1);
  return `${sentence}${sentence.endsWith("?") ? "" : "."} ${error.advice}`.trimEnd();
}

const ACTIVATE = "Activate this machine with your activation code";
const ADVICE: { readonly [outcome: number]: string } = {
  [Outcome.malformed]: "Install the license file again as the vendor sent it.",
  [Outcome.signature]: "Install the license file again as the vendor sent it.",
  [Outcome.unknownKey]: "Renew the license, or ask the vendor for a new one.",
  [Outcome.issuer]: "Install the license that belongs to this product.",
  [Outcome.product]: "Install the license that belongs to this product.",
  [Outcome.notYetValid]: "If the clock of this machine is wrong, set it right.",
  [Outcome.expired]: "Renew the license. If the clock of this machine is wrong, set it right.",
  [Outcome.device]: `${ACTIVATE}, or ask the vendor for a license for it.`,
  [Outcome.needsPrivileges]: "Run the program with an administrator's rights, or let its user read the machine's hardware.",
  [Outcome.testLicense]: "Ask the vendor for the other kind of license.",
  [Outcome.realLicense]: "Ask the vendor for the other kind of license.",
  [Outcome.possession]: `${ACTIVATE}.`,
  [Outcome.clock]: "The license counts again when the clock is right.",
  [Outcome.notInstalled]: `${ACTIVATE}, or install the license file that you were sent.`,
  [Outcome.unreadableFile]: "Let the user of this program read the file.",
  [Outcome.agentNotFound]: "Install the program again.",
  [Outcome.agentFailed]: "Install the program again.",
  [Outcome.noEd25519]: "Use a newer browser.",
};

const MISLEADS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text from outside on its way to a screen: what would move, hide or turn around what is beside it is spelled out. */
export function shown(text: string): string {
  return text.replace(MISLEADS, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}
