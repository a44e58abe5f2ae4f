/** A machine, as far as it could be read. */

import { decodeBase64Of, trimAscii } from "./encoding.js";
import { type Component, DIGEST_SIZE, readFingerprint } from "./fingerprint.js";
import { isTexts, type Json, type JsonObject, parseObject } from "./json.js";
import { isKind, type Kind } from "./kind.js";
import { LicenseError, Outcome } from "./outcome.js";
import type { Trust } from "./trust.js";

const LONGEST_JSON = 1 << 20;
const MOST_DIGESTS = 4096;

/** This machine, or one that a text speaks for. Made by the functions below; for a machine on which nothing usable was
 * found, give `undefined` in its place. */
export class Device {
  /** @internal */
  constructor(
    /** @internal */ readonly realm: Uint8Array,
    /** @internal */ readonly components: readonly Component[] | undefined,
    /** @internal */ readonly found: ReadonlyMap<Kind, ReadonlySet<string>>,
    /** @internal */ readonly unreadable: ReadonlySet<Kind>,
    /** @internal */ readonly privileged: boolean,
  ) {}

  /**
   * A machine that a `DF1-…` text speaks for; taken as complete.
   *
   * @throws {LicenseError} one of the texts' outcomes
   */
  static async fromText(trust: Trust, text: string): Promise<Device> {
    return new Device(trust.tag, await readFingerprint(trust.tag, text), new Map(), new Set(), true);
  }

  /**
   * Reads what `license-agent fingerprint --json` printed. Members and kinds that are not known are ignored, as a newer
   * agent may have more.
   *
   * @throws {LicenseError} `unreadableDevice`
   */
  static async fromJson(trust: Trust, json: string | Uint8Array): Promise<Device> {
    if (json.length > LONGEST_JSON) throw unreadable("it is longer than a machine's");
    const members = parseObject(json);
    if (!members) throw unreadable("it is no JSON object");
    return read(trust.tag, members);
  }

  /** Whether the device shows that digest. @internal */
  has(kind: Kind, digest: string): boolean {
    return (
      this.components?.some((one) => one.kind === kind && one.digest === digest) === true ||
      this.found.get(kind)?.has(digest) === true
    );
  }

  /** Whether any value of a kind was found. @internal */
  shows(kind: Kind): boolean {
    return this.components?.some((one) => one.kind === kind) === true || (this.found.get(kind)?.size ?? 0) > 0;
  }
}

function unreadable(why: string, cause?: unknown): LicenseError {
  const sentence = `the device is not what license-agent fingerprint --json prints: ${why}`;
  return new LicenseError(Outcome.unreadableDevice, sentence, cause === undefined ? {} : { cause });
}

async function read(realm: Uint8Array, members: JsonObject): Promise<Device> {
  const member = (name: string): Json => members.get(name) ?? null;
  const privileged = member("privileged") ?? false;
  if (typeof privileged !== "boolean") throw unreadable("privileged");
  const kinds = member("unreadable") ?? [];
  if (!isTexts(kinds)) throw unreadable("unreadable");
  const found = readFound(member("found") ?? new Map<string, Json>());
  if (!found) throw unreadable("found");
  const text = member("fingerprint");
  // What is under no name matches nothing.
  if (text === null) return new Device(realm, undefined, new Map(), new Set(kinds.filter(isKind)), privileged);
  if (typeof text !== "string" || !/^[-A-Za-z0-9 ]*$/.test(trimAscii(text))) throw unreadable("fingerprint");
  try {
    const components = await readFingerprint(realm, text);
    return new Device(realm, components, found, new Set(kinds.filter(isKind)), privileged);
  } catch (cause) {
    if (!(cause instanceof LicenseError)) throw cause;
    throw unreadable(cause.message, cause);
  }
}

/** Lists of digests by kind; nothing if a digest is none. */
function readFound(found: Json): ReadonlyMap<Kind, ReadonlySet<string>> | undefined {
  if (!(found instanceof Map)) return undefined;
  const digests = new Map<Kind, ReadonlySet<string>>();
  let count = 0;
  for (const [kind, list] of found) {
    if (!isTexts(list)) return undefined;
    count += list.length;
    if (count > MOST_DIGESTS) return undefined;
    if (!isKind(kind)) continue;
    // base64url is strict, so two texts are two digests.
    if (!list.every((text) => decodeBase64Of(text, DIGEST_SIZE))) return undefined;
    digests.set(kind, new Set(list));
  }
  return digests;
}
