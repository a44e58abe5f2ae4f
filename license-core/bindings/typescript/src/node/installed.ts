/** A product's installed license, and a cheap look whether it is another one by now. */

import { env, platform } from "node:process";

import { ClockGuard, type Judged, verifyJudged } from "../clock.js";
import type { Time } from "../claims.js";
import type { Device } from "../device.js";
import { MOST_KEY_SETS } from "../keySet.js";
import { type License, UnverifiedLicense } from "../license.js";
import { LicenseError, Outcome, shown } from "../outcome.js";
import { licensePlaces, type System } from "../places.js";
import { MAX_TOKEN_LENGTH } from "../token.js";
import type { Trust } from "../trust.js";
import { isThere, readText, replaceFile, type Stamp, stampOf } from "./files.js";
import { uptime } from "./uptime.js";

const LONGEST_KEYS = MOST_KEY_SETS * (MAX_TOKEN_LENGTH + 1);
/** How many bytes may end the line of the longest license. */
const LINE_END = 2;
const LONGEST_MARK = 162;

/** A file at one time. */
class Snapshot {
  stamp: Stamp | undefined;
  text = "";
  error: unknown;

  /** Reads the file again if it looks like another one; whether what is in it changed. */
  refresh(path: string, longest: number): boolean {
    const stamp = stampOf(path);
    // What could not be read may be readable now, though nothing about the file changed.
    if (stamp !== undefined && stamp === this.stamp && this.error === undefined) return false;
    const [before, failed] = [this.text, this.error !== undefined];
    [this.stamp, this.text, this.error] = [stamp, "", undefined];
    try {
      this.text = readText(path, longest);
    } catch (error) {
      this.error = error;
    }
    return this.text !== before || (this.error !== undefined) !== failed;
  }
}

/** The first of the places at which there is a license. Nothing in it is verified before `verify`. */
export class InstalledLicense {
  readonly #places: readonly string[];
  #at = -1; // which of the places; -1 while none has a file
  #license = new Snapshot();
  #keys = new Snapshot();

  private constructor(places: readonly string[]) {
    this.#places = places;
    this.refresh();
  }

  /**
   * Looks for a product's license where license-agent puts it on this machine. That no license is there is for `text` to
   * say.
   *
   * @throws {LicenseError} `nameTooLong`
   */
  static find(product: string): InstalledLicense {
    const systems: Readonly<Record<string, System>> = { win32: "windows", darwin: "macos" };
    return new InstalledLicense(licensePlaces(product, systems[platform] ?? "linux", env));
  }

  /** Looks for a license in files of which the first that is there counts; one is enough. */
  static among(...paths: readonly string[]): InstalledLicense {
    return new InstalledLicense(paths);
  }

  /** The file that is read; nothing while there is none. */
  get path(): string | undefined {
    return this.#places[this.#at];
  }

  /**
   * The license's text.
   *
   * @throws {LicenseError} `notInstalled` or `unreadableFile`
   */
  get text(): string {
    if (this.#at < 0) {
      const places = this.#places.join(", ") || "no folder, since none is known for this user";
      throw new LicenseError(Outcome.notInstalled, `no license is installed; looked for ${shown(places)}`);
    }
    const cause = this.#license.error;
    if (cause !== undefined) {
      const sentence = `the installed license cannot be read: ${shown(String(cause))}`;
      throw new LicenseError(Outcome.unreadableFile, sentence, { cause });
    }
    return this.#license.text;
  }

  /** The signed key sets that the agent learned, for `Trust.learn`; empty if there are none. */
  get learnedKeys(): string {
    return this.#keys.text;
  }

  /**
   * Looks again, and says whether license or learned keys are others than before, or came or went. A file is read only
   * where size, time of the last change or identity differ, so it may be called before every use.
   */
  refresh(): boolean {
    const at = this.#places.findIndex(isThere);
    const path = this.#places[at];
    const moved = at !== this.#at;
    if (moved) [this.#at, this.#license, this.#keys] = [at, new Snapshot(), new Snapshot()];
    if (path === undefined) return moved;
    const license = this.#license.refresh(path, MAX_TOKEN_LENGTH + LINE_END);
    const besides = stampOf(withKeys(path)) === undefined && this.#keys.stamp === undefined;
    const keys = !besides && this.#keys.refresh(withKeys(path), LONGEST_KEYS);
    return moved || license || keys;
  }

  /**
   * Looks whether the license was renewed, takes the learned keys in, and verifies it.
   *
   * @throws {LicenseError} `notInstalled`, `unreadableFile`, or the first check that failed
   */
  async verify(trust: Trust, device: Device | undefined, now: Time): Promise<License> {
    const { license, learned } = await this.#unverified(trust);
    return license.verify(learned, device, now);
  }

  /**
   * As `verify`, by a clock that wins no time when it is set back. `markFile` keeps one line; it is made where it is
   * missing, with its folder. Call it at least every few hours while the machine runs.
   *
   * `clock` tells whether to warn of the clock though the license holds.
   *
   * @throws {LicenseError} as `verify`; `clock` where the clock has a part in it, `unreadableMark` if the license holds and
   * the mark cannot be kept
   */
  async verifyGuarded(
    trust: Trust, device: Device | undefined, now: Time, markFile: string,
  ): Promise<{ license: License; clock: Judged }> {
    const { license, learned } = await this.#unverified(trust);
    const signed = await license.signedAt(learned).catch(() => undefined);
    const seen = { now, license: signed, uptime: await uptime() };
    const { clock, error: cause } = await inTurn(() => judge(learned, device, seen, markFile));
    const verified = await verifyJudged(license, learned, device, clock);
    if (cause !== undefined) {
      const sentence = `the mark of the clock cannot be kept: ${shown(String(cause))}`;
      throw new LicenseError(Outcome.unreadableMark, sentence, { cause });
    }
    return { license: verified, clock };
  }

  async #unverified(trust: Trust): Promise<{ license: UnverifiedLicense; learned: Trust }> {
    this.refresh();
    const license = UnverifiedLicense.parse(this.text);
    // A broken text teaches nothing; the keys of the vendor file still count.
    const { trust: learned } = await trust.learn(this.learnedKeys);
    return { license, learned };
  }
}

/** The name beside a license's: .keys in place of .lic. */
function withKeys(path: string): string {
  return `${path.replace(/(?<=[^/\\])\.[^./\\]*$/, "")}.keys`;
}

/** Reads a mark, moves it, and keeps it. */
async function judge(
  trust: Trust, device: Device | undefined, seen: Parameters<ClockGuard["observe"]>[0], markFile: string,
): Promise<{ clock: Judged; error: unknown }> {
  let text = "";
  try {
    text = readText(markFile, LONGEST_MARK);
  } catch {
    // It begins anew.
  }
  const guard = await ClockGuard.restore(trust, device, text);
  const clock = guard.observe(seen);
  const moved = `${await guard.toText()}\n`;
  try {
    replaceFile(markFile, moved);
    return { clock, error: undefined };
  } catch (error) {
    return { clock, error };
  }
}

let last: Promise<unknown> = Promise.resolve();

/** Keeps calls of this program from overwriting one another's mark. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work, work);
  last = next.catch(() => undefined);
  return next;
}
