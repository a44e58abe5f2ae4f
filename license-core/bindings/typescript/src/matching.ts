/** The binding of a license, and how much of the licensed device a machine still is. */

import { decodeBase64Of, isSame } from "./encoding.js";
import type { Device } from "./device.js";
import { DIGEST_SIZE, TAG_SIZE } from "./fingerprint.js";
import { type Json, type JsonObject, parseObject, wholeNumber } from "./json.js";
import { byteOf, isAnchor, isKind, type Kind, limitOf } from "./kind.js";
import { LicenseError, Outcome } from "./outcome.js";

const OPAQUE_SIZE = 32;

/** What became of one licensed kind. */
export type PartOutcome =
  /** All its licensed values are there. */
  | "matched"
  /** Some of them are. */
  | "partly"
  /** The machine has other values of this kind. */
  | "changed"
  /** It shows none. */
  | "missing"
  /** The system would not show them to this user. */
  | "unreadable";

/** One licensed kind and how it compares. */
export interface Part {
  readonly kind: Kind;
  /** 1 to 100. */
  readonly weight: number;
  readonly outcome: PartOutcome;
  /** How many of its licensed values are there, */
  readonly matched: number;
  /** of how many. */
  readonly of: number;
}

/** How a device compares. */
export interface Verdict {
  readonly passes: boolean;
  /** The matched share of the licensed weight in per cent, rounded down; 0 or 100 for an opaque id. */
  readonly score: number;
  /** It failed only because facts are missing that take rights to read. */
  readonly needsPrivileges: boolean;
  /** Bound to an id of the vendor's own, which has no parts. */
  readonly opaque: boolean;
  /** The licensed kinds. */
  readonly parts: readonly Part[];
}

/** A verdict for people: a line for each licensed kind. */
export function verdictInWords(verdict: Verdict): string {
  if (verdict.opaque) return `device id  ${verdict.passes ? "matched" : "another one"}`;
  const line = ({ kind, weight, outcome, matched, of }: Part) =>
    `${kind.padEnd(7)} ${outcome.padEnd(8)} weight ${weight}${outcome === "partly" ? `, ${matched} of ${of}` : ""}`;
  return verdict.parts.map(line).join("\n");
}

interface Row {
  readonly kind: Kind;
  readonly weight: number;
  readonly digests: readonly string[];
}

/** The `dev` claim: which device a license is for, and how much of it must match. */
export class Binding {
  private constructor(
    /** As it stands in the license. @internal */
    readonly claim: Json,
    private readonly realm: Uint8Array,
    private readonly min: number,
    private readonly rows: readonly Row[],
    private readonly privileged: boolean,
    /** An id of the vendor's own, which matches as a whole or not at all. */
    readonly isOpaque: boolean,
  ) {}

  /**
   * Reads a `dev` claim alone.
   *
   * @throws {LicenseError} `malformed`
   */
  static parse(json: string): Binding {
    const binding = Binding.read(parseObject(json));
    if (!binding) throw new LicenseError(Outcome.malformed, "this is no device binding that is understood");
    return binding;
  }

  /** What is not known in it is refused, so that no later restriction is passed over. @internal */
  static read(dev: Json | undefined): Binding | undefined {
    if (!(dev instanceof Map)) return undefined;
    const known = ["v", "r", "min", "c", "id", "priv"];
    const realm = bytesOf(dev.get("r"), TAG_SIZE);
    if (![...dev.keys()].every((name) => known.includes(name)) || !realm) return undefined;
    if (wholeNumber(dev.get("v"), 1, 1) === undefined) return undefined;
    if (dev.has("id")) {
      const isAlone = !dev.has("min") && !dev.has("c") && !dev.has("priv");
      return isAlone && bytesOf(dev.get("id"), OPAQUE_SIZE) ? new Binding(dev, realm, 100, [], false, true) : undefined;
    }
    const min = wholeNumber(dev.get("min"), 51, 100);
    const rows = readRows(dev.get("c"));
    if (min === undefined || !rows || (dev.has("priv") && dev.get("priv") !== true)) return undefined;
    return new Binding(dev, realm, min, rows, dev.has("priv"), false);
  }

  /** Compares the licensed device with a machine, in whole numbers. Digests of another realm match nothing. */
  check(device: Device | undefined): Verdict {
    // No device here is an opaque id: such texts are not read.
    if (this.isOpaque) return { passes: false, score: 0, needsPrivileges: false, opaque: true, parts: [] };
    const isOurs = device?.components !== undefined && isSame(device.realm, this.realm);
    let [total, score, missing, unreadable, anchored] = [0, 0, 0, 0, false];
    const parts = this.rows.map(({ kind, weight, digests }): Part => {
      const matched = isOurs ? digests.filter((digest) => device.has(kind, digest)).length : 0;
      const outcome = outcomeOf(kind, matched, digests.length, device);
      // Twelfths of a weight, split evenly over one to four digests, are whole numbers.
      const full = 12 * weight;
      total += full;
      score += (full / digests.length) * matched;
      anchored ||= matched > 0 && isAnchor(kind);
      if (outcome === "missing") missing += full;
      if (outcome === "unreadable") unreadable += full;
      return Object.freeze({ kind, weight, outcome, matched, of: digests.length });
    });
    const isEnough = (points: number) => points * 100 >= this.min * total;
    // What is missing may be what was not read for want of rights.
    const unread = unreadable + (this.privileged && device?.privileged !== true ? missing : 0);
    const passes = anchored && isEnough(score);
    return Object.freeze({
      passes,
      score: Math.floor((score * 100) / total),
      needsPrivileges: unread > 0 && !passes && isEnough(score + unread),
      opaque: false,
      parts: Object.freeze(parts),
    });
  }
}

function outcomeOf(kind: Kind, matched: number, of: number, device: Device | undefined): PartOutcome {
  if (matched === of) return "matched";
  if (matched > 0) return "partly";
  if (device?.shows(kind)) return "changed";
  return device?.unreadable.has(kind) ? "unreadable" : "missing";
}

function readRows(kinds: Json | undefined): readonly Row[] | undefined {
  if (!(kinds instanceof Map) || kinds.size === 0) return undefined;
  const rows: Row[] = [];
  for (const [kind, list] of kinds as JsonObject) {
    if (!isKind(kind) || kind === "cpu" || (kind === "custom" && kinds.size > 1)) return undefined;
    const row = readRow(kind, list);
    if (!row) return undefined;
    rows.push(row);
  }
  return rows.sort((a, b) => byteOf(a.kind) - byteOf(b.kind));
}

/** A weight from 1 to 100, then as many digests as the kind may have, none twice. */
function readRow(kind: Kind, list: Json): Row | undefined {
  if (!Array.isArray(list) || list.length < 2 || list.length > 1 + limitOf(kind)) return undefined;
  const [first, ...digests] = list;
  const weight = wholeNumber(first, 1, 100);
  if (weight === undefined || new Set(digests).size !== digests.length) return undefined;
  if (!digests.every((digest) => bytesOf(digest, DIGEST_SIZE))) return undefined;
  return { kind, weight, digests: digests as string[] };
}

function bytesOf(value: Json | undefined, size: number): Uint8Array | undefined {
  return typeof value === "string" ? decodeBase64Of(value, size) : undefined;
}
