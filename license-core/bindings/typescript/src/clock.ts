/** A clock that was set back, named as such. The rules, what they are good for and what defeats them: docs/clock.md. */

import { date, LAST_SECOND, secondsOf, type Time } from "./claims.js";
import type { Device } from "./device.js";
import { type Bytes, decodeBase64Of, encodeBase64, join, sealKey, sha256, subtle, toHex, trimAscii, utf8 } from "./encoding.js";
import { DIGEST_SIZE, installationBytes } from "./fingerprint.js";
import type { License, UnverifiedLicense } from "./license.js";
import { LicenseError, Outcome } from "./outcome.js";
import type { Trust } from "./trust.js";

/** Seconds by which a clock may be earlier than the mark without being named. */
const TOLERANCE = 86_400;
/** Of running time a hundredth is not demanded of the clock. */
const SLACK = 100;
/** More running time between two looks, in milliseconds, is a fault of the count. */
const LONGEST_RUN = 366 * 86_400_000;
const LAST_MARK = LAST_SECOND * 1000 + 999;
/** The greatest running time that a mark may have, in milliseconds. */
const LONGEST_COUNT = 2n ** 63n - 1n;
/** The beginning of 2026: no right clock showed less since this was written. */
const EARLIEST = 1_767_225_600;
const LONGEST_TEXT = 160;

/** What to think of the machine's clock: nothing speaks against it, it was set back, it was never set, it is ahead. */
export type ClockFault = "fine" | "behind" | "not-set" | "ahead";

/** What to think of the machine's clock, and by how many seconds at least it is wrong. */
export interface ClockVerdict {
  readonly fault: ClockFault;
  readonly by: number;
}

/** A sentence for the machine's user that says what to do. */
export function clockInWords({ fault, by }: ClockVerdict): string {
  switch (fault) {
    case "behind":
      return `the clock of this machine was set back by ${span(by)} or more: set it right`;
    case "not-set":
      return `the clock of this machine is not set, it is ${span(by)} or more behind: set it right`;
    case "ahead":
      return `the clock of this machine is ${span(by)} ahead of the server's: set it right`;
    case "fine":
      return "nothing speaks against the clock of this machine";
  }
}

/** A length of time, cut to whole hours, days or years. */
function span(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  if (hours < 48) return `${hours} hours`;
  return hours < 17_520 ? `${Math.floor(hours / 24)} days` : `${Math.floor(hours / 8_766)} years`;
}

/** How long the machine has been running, by a count that nobody sets. */
export interface Uptime {
  /** Milliseconds. */
  readonly ran: number;
  /** Which start of which machine: 16 hex digits of a hash of the boot id. */
  readonly start?: string | undefined;
}

/** Counted from a start that `bootId` names, if it is given. */
export async function uptimeOf(ran: number, bootId?: string): Promise<Uptime> {
  const id = bootId?.trim();
  return id ? { ran, start: toHex((await sha256(utf8(id))).slice(0, 8)) } : { ran };
}

function since(now: Uptime | undefined, before: Uptime | undefined): number | undefined {
  if (!now || !before || now.start !== before.start || now.ran < before.ran) return undefined;
  return now.ran - before.ran;
}

/** What is known at one moment. */
export interface Observation {
  /** What the machine's clock says. */
  readonly now: Time;
  /** How long the machine has been running; without it licenses and dates alone move the mark. */
  readonly uptime?: Uptime | undefined;
  /** When the newest license that is genuine was signed, over or not: `UnverifiedLicense.signedAt`. */
  readonly license?: Time | undefined;
  /** The date of an answer that the server gave just now, over a connection that is trusted. */
  readonly server?: Time | undefined;
  /** A time before which no right clock can be, such as that of the program's build; 2026 when left out. */
  readonly earliest?: Time | undefined;
}

/** The time that a license is to be judged by, and the verdict on the clock. */
export interface Judged {
  /** Seconds since 1970. */
  readonly time: number;
  readonly verdict: ClockVerdict;
}

/** Keeps the mark of one product on one machine: it is at least that late, whatever the clock says. */
export class ClockGuard {
  readonly #key: CryptoKey;
  #mark = 0; // milliseconds since 1970
  #uptime: Uptime | undefined;
  #wasRight = false; // whether the clock was right since the machine started

  private constructor(key: CryptoKey) {
    this.#key = key;
  }

  /** Goes on with the mark of a text, or without one where it is missing, damaged, or of another machine or product. */
  static async restore(trust: Trust, device: Device | undefined, text: string): Promise<ClockGuard> {
    const guard = new ClockGuard(await sealKey(await keyOf(trust, device)));
    await guard.#read(trimAscii(text));
    return guard;
  }

  /** How late it is at least, as far as is known, in seconds since 1970. */
  get mark(): number {
    return Math.floor(this.#mark / 1000);
  }

  /** Moves the mark, then judges the clock by it. Keep the text afterwards. */
  observe(seen: Observation): Judged {
    const same = since(seen.uptime, this.#uptime);
    const ran = same !== undefined && same <= LONGEST_RUN ? same : 0;
    const earliest = millis(seen.earliest ?? EARLIEST);
    const floor = clamp(Math.max(earliest, seen.license === undefined ? 0 : millis(seen.license)), 0, LAST_MARK);
    const followed = clamp(millis(seen.now), this.#mark + ran - Math.floor(ran / SLACK), this.#mark + ran);
    this.#mark = clamp(seen.server === undefined ? followed : millis(seen.server), floor, LAST_MARK);

    const wasRight = this.#wasRight && same !== undefined;
    const judged = this.#judge(seen, floor, wasRight);
    this.#wasRight = wasRight || judged.verdict.fault === "fine" || judged.verdict.fault === "ahead";
    this.#uptime = seen.uptime;
    return judged;
  }

  #judge(seen: Observation, floor: number, wasRight: boolean): Judged {
    const [now, mark] = [secondsOf(seen.now), this.mark];
    const by = Math.abs(now - mark);
    const time = Math.max(now, mark);
    if (now >= mark - TOLERANCE) {
      const isAhead = seen.server !== undefined && now > mark + TOLERANCE;
      return isAhead ? { time: mark, verdict: { fault: "ahead", by } } : { time, verdict: { fault: "fine", by: 0 } };
    }
    return { time, verdict: { fault: millis(seen.now) < floor && !wasRight ? "not-set" : "behind", by } };
  }

  /** One line of at most 160 ASCII characters, sealed. It names no person and no machine. */
  async toText(): Promise<string> {
    const [ran, start] = [this.#uptime?.ran ?? "-", this.#uptime?.start ?? "-"];
    const body = `clock-guard/v1 ${this.#mark} ${ran} ${start} ${this.#wasRight ? 1 : 0}`;
    const seal = new Uint8Array(await subtle().sign("HMAC", this.#key, utf8(body)));
    return `${body} ${encodeBase64(seal)}`;
  }

  /** Takes over what a text says, if it is sealed with this key. */
  async #read(text: string): Promise<void> {
    const form = /^(clock-guard\/v1 (0|[1-9][0-9]{0,15}) (-|0|[1-9][0-9]{0,18}) (-|[0-9a-f]{16}) ([01])) ([-_A-Za-z0-9]{43})$/;
    const [, body, mark, ran, start, right, seal] = (text.length <= LONGEST_TEXT && form.exec(text)) || [];
    if (body === undefined || seal === undefined) return;
    const found = decodeBase64Of(seal, 32);
    if (!found || !(await subtle().verify("HMAC", this.#key, found, utf8(body)))) return;
    if (Number(mark) > LAST_MARK || (ran === "-" && start !== "-")) return;
    if (ran !== undefined && ran !== "-" && BigInt(ran) > LONGEST_COUNT) return;
    this.#mark = Number(mark);
    // Nothing runs on from a count that no machine reaches.
    this.#uptime = ran === "-" || !Number.isSafeInteger(Number(ran)) ? undefined : { ran: Number(ran), start: start === "-" ? undefined : start };
    this.#wasRight = right === "1";
  }
}

/**
 * Verifies at the judged time.
 *
 * @throws {LicenseError} the first check that failed; where that is the time window and the clock is wrong, `clock`
 */
export async function verifyJudged(
  license: UnverifiedLicense, trust: Trust, device: Device | undefined, judged: Judged,
): Promise<License> {
  try {
    return await license.verify(trust, device, judged.time);
  } catch (error) {
    const isOfTime =
      error instanceof LicenseError && (error.outcome === Outcome.expired || error.outcome === Outcome.notYetValid);
    if (!isOfTime || judged.verdict.fault === "fine") throw error;
    const late = judged.verdict.fault === "ahead" ? "" : " or later";
    const [why] = error.message.split(";");
    const sentence = `${clockInWords(judged.verdict)}. It is ${date(judged.time)}${late}, and ${why}`;
    throw new LicenseError(Outcome.clock, sentence, { clock: judged.verdict, cause: error });
  }
}

/** The key of a product on an installation, of what stays when parts are changed. */
async function keyOf(trust: Trust, device: Device | undefined): Promise<Bytes> {
  const named = utf8(`clock-guard/v1\0${trust.issuer}\0${trust.product}\0`);
  const digest = (text: string) => decodeBase64Of(text, DIGEST_SIZE) ?? new Uint8Array();
  return sha256(join(named, trust.tag, installationBytes(device?.components ?? [], digest)));
}

function millis(time: Time): number {
  return clamp(secondsOf(time), -(2 ** 53), 2 ** 53) * 1000;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
