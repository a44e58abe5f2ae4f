/** What a license says. */

import { utf8 } from "./encoding.js";
import { isTexts, type Json, type JsonObject, parseObject, wholeNumber } from "./json.js";
import { Binding } from "./matching.js";
import { thumbprint } from "./token.js";

/** The end of the year 9999. */
export const LAST_SECOND = 253_402_300_799;
/** How far behind a clock may be, in seconds. */
const NOT_BEFORE_LEEWAY = 300;
const MOST = 2 ** 32 - 1;

/** The claims by the names of docs/license-format.md; times are whole seconds since 1970. */
export interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number | undefined;
  readonly dev: Binding | undefined;
  readonly qty: number;
  readonly feat: readonly string[];
  readonly grace: number;
  readonly trial: boolean;
  readonly test: boolean;
  /** `jkt` of `cnf`: the thumbprint of the device key. */
  readonly deviceKey: string | undefined;
}

/** The name of a claim that is not understood. */
class Misread extends Error {}

/**
 * Reads the payload of a license whose signature was verified. Claims that are not known are ignored, a `dev` that is not
 * understood is not. A text says what is wrong.
 */
export function readClaims(payload: Uint8Array): Claims | string {
  const members = parseObject(payload);
  if (!members) return "they are no JSON object, or not strict JSON";
  try {
    return read(members);
  } catch (error) {
    if (error instanceof Misread) return `claim ${error.message}`;
    throw error;
  }
}

function read(members: JsonObject): Claims {
  const need = <T>(name: string, value: T | undefined): T => {
    if (value === undefined) throw new Misread(name);
    return value;
  };
  const text = (name: string) => need(name, claimText(members.get(name)));
  const time = (name: string) => need(name, wholeNumber(members.get(name), 0, LAST_SECOND));
  const flag = (name: string) => {
    const value = members.has(name) ? members.get(name) : false;
    return need(name, typeof value === "boolean" ? value : undefined);
  };
  const features = members.get("feat");
  const claims: Claims = {
    iss: text("iss"), aud: text("aud"), sub: text("sub"), jti: text("jti"),
    iat: time("iat"), nbf: time("nbf"),
    exp: members.has("exp") ? time("exp") : undefined,
    dev: members.has("dev") ? need("dev", Binding.read(members.get("dev"))) : undefined,
    qty: need("qty", wholeNumber(members.get("qty"), 1, MOST)),
    feat: need("feat", isTexts(features) && features.every(claimText) ? Object.freeze([...features]) : undefined),
    grace: members.has("grace") ? need("grace", wholeNumber(members.get("grace"), 0, MOST)) : 0,
    trial: flag("trial"), test: flag("test"),
    deviceKey: members.has("cnf") ? deviceKey(members.get("cnf")) : undefined,
  };
  if (claims.exp !== undefined && claims.exp <= claims.nbf) throw new Misread("exp");
  if (claims.trial && claims.grace > 0) throw new Misread("grace");
  return Object.freeze(claims);
}

/** A text of 1 to 256 bytes. */
export function claimText(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" && utf8(value).length <= 256 ? value : undefined;
}

/** Other members of `cnf` (RFC 7800) are other ways to name a key, and passed over. */
function deviceKey(confirmation: Json | undefined): string | undefined {
  if (!(confirmation instanceof Map)) throw new Misread("cnf");
  if (!confirmation.has("jkt")) return undefined;
  const key = thumbprint(confirmation.get("jkt"));
  if (key === undefined) throw new Misread("cnf");
  return key;
}

/** Where a license stands in its time window. */
export type State = "active" | "grace" | "not-yet-valid" | "expired";

/** The state at a time, and the first second in which it no longer works. */
export function stateOf(claims: Claims, now: number): { state: State; until: number } {
  if (now < claims.nbf - NOT_BEFORE_LEEWAY) return { state: "not-yet-valid", until: Infinity };
  if (claims.exp === undefined) return { state: "active", until: Infinity };
  const until = claims.exp + claims.grace;
  return { state: now < claims.exp ? "active" : now < until ? "grace" : "expired", until };
}

/** A moment: a Date, or whole seconds since 1970 (not milliseconds). */
export type Time = Date | number;

/** Whole seconds since 1970. */
export function secondsOf(time: Time): number {
  const seconds = typeof time === "number" ? Math.floor(time) : Math.floor(time.getTime() / 1000);
  if (!Number.isFinite(seconds)) throw new TypeError("no time: give a valid Date, or seconds since 1970");
  return seconds;
}

/** Shows a time as the core does. */
export function date(seconds: number): string {
  const isWritten = seconds >= -62_167_219_200 && seconds <= LAST_SECOND;
  return isWritten ? new Date(seconds * 1000).toISOString().replace(".000Z", "Z") : `@${seconds}`;
}
