/** Licenses: as received, and verified. */

import { type Claims, date, readClaims, secondsOf, type State, stateOf, type Time } from "./claims.js";
import type { Device } from "./device.js";
import type { Json } from "./json.js";
import { JsonNumber } from "./json.js";
import { type Binding, type Verdict, verdictInWords } from "./matching.js";
import { LicenseError, Outcome, shown } from "./outcome.js";
import { type Challenge, checkProof, notProved } from "./possession.js";
import { type Compact, splitToken } from "./token.js";
import type { Trust } from "./trust.js";

/** `typ` of every license. */
const TYP = "license+jwt";

/** A license as it was received. It says nothing until `verify` has checked it. */
export class UnverifiedLicense {
  readonly #split: Compact;

  private constructor(split: Compact) {
    this.#split = split;
  }

  /**
   * Takes a license apart. White space around it is dropped, as files end with a line feed.
   *
   * @throws {LicenseError} `malformed`
   */
  static parse(token: string): UnverifiedLicense {
    const split = splitToken(token, TYP);
    if (typeof split === "string") throw malformed(split);
    return new UnverifiedLicense(split);
  }

  /** The token, without white space around it. */
  toString(): string {
    return this.#split.token;
  }

  /**
   * Checks key, signature, form of the claims, issuer, product, time window, device, and test or real, in that order, over
   * the bytes as received. Without a device, the machine is one on which nothing usable was found.
   *
   * @throws {LicenseError} the first check that failed; the last one is `possession` where trust requires it
   */
  async verify(trust: Trust, device: Device | undefined, now: Time): Promise<License> {
    const license = await this.#verify(trust, device, now);
    if (trust.requiresPossession) throw notProved("missing");
    return license;
  }

  /**
   * As `verify`, and then whether `proof` is the answer to `challenge` by the key that the license names. The challenge is
   * the caller's own, new for this check.
   *
   * @throws {LicenseError} the first check that failed
   */
  async verifyWithProof(
    trust: Trust, device: Device | undefined, now: Time, challenge: Challenge, proof: string,
  ): Promise<License> {
    const license = await this.#verify(trust, device, now);
    const word = license.deviceKey
      ? await checkProof(challenge, license.deviceKey, this.#split.token, proof)
      : "no-key";
    if (word !== undefined) throw notProved(word);
    return license;
  }

  /**
   * When it was signed, in seconds since 1970, whether or not it holds here and now: proof for a `ClockGuard` that it is at
   * least that late.
   *
   * @throws {LicenseError} the first check that failed, of all but time window and device
   */
  async signedAt(trust: Trust): Promise<number> {
    const claims = await this.#genuine(trust);
    checkAccepted(claims, trust);
    return claims.iat;
  }

  async #verify(trust: Trust, device: Device | undefined, time: Time): Promise<License> {
    const now = secondsOf(time);
    const claims = await this.#genuine(trust);
    const { state, until } = stateOf(claims, now);
    if (state === "not-yet-valid") {
      const sentence = `the license is valid from ${date(claims.nbf)}; the clock here says ${date(now)}`;
      throw new LicenseError(Outcome.notYetValid, sentence);
    }
    if (state === "expired") {
      const sentence = `the license ended at ${date(until)}; the clock here says ${date(now)}`;
      throw new LicenseError(Outcome.expired, sentence);
    }
    const verdict = claims.dev?.check(device);
    if (verdict && !verdict.passes) throw refusal(verdict);
    checkAccepted(claims, trust);
    return License.made(claims, verdict, now);
  }

  /** The claims of a license that the vendor signed for this product, decoded after the signature was verified. */
  async #genuine(trust: Trust): Promise<Claims> {
    const { kid, signed, signature, payload } = this.#split;
    const key = trust.keys.get(kid);
    if (!key) {
      const sentence = `the license was signed with key ${kid}, which is not one of the vendor's keys known here`;
      throw new LicenseError(Outcome.unknownKey, sentence);
    }
    if (!(await key.verifies(signed, signature))) {
      throw new LicenseError(Outcome.signature, "the signature does not fit: the license was changed or forged");
    }
    const claims = readClaims(payload);
    if (typeof claims === "string") throw malformed(`its claims are not understood: ${claims}`);
    if (claims.iss !== trust.issuer) {
      throw new LicenseError(Outcome.issuer, `the license is from ${shown(claims.iss)}, not from ${shown(trust.issuer)}`);
    }
    if (claims.aud !== trust.product) {
      const sentence = `the license is for the product ${shown(claims.aud)}, not for ${shown(trust.product)}`;
      throw new LicenseError(Outcome.product, sentence);
    }
    return claims;
  }
}

/** Parses and verifies in one call: see `UnverifiedLicense.verify`. */
export async function verify(token: string, trust: Trust, device: Device | undefined, now: Time): Promise<License> {
  return UnverifiedLicense.parse(token).verify(trust, device, now);
}

function malformed(why: string): LicenseError {
  return new LicenseError(Outcome.malformed, `this is not a license: ${why}`);
}

function checkAccepted(claims: Claims, trust: Trust): void {
  if (claims.test && !trust.acceptsTest) {
    throw new LicenseError(Outcome.testLicense, "this is a test license; real ones are asked for");
  }
  if (!claims.test && trust.acceptsTest) {
    throw new LicenseError(Outcome.realLicense, "this is a real license; test ones are asked for");
  }
}

function refusal(verdict: Verdict): LicenseError {
  const sentence = verdict.needsPrivileges
    ? "the license is bound to hardware facts that only an administrator can read"
    : "the license is bound to another machine, or too much of this one was changed";
  const outcome = verdict.needsPrivileges ? Outcome.needsPrivileges : Outcome.device;
  return new LicenseError(outcome, sentence, { verdict, cause: verdictInWords(verdict) });
}

/** A license that was verified: the only type with claims, and only verification makes one. */
export class License {
  readonly #claims: Claims;
  /** What matched, changed or is missing on this device; nothing when the license is for none in particular. */
  readonly verdict: Verdict | undefined;
  /** When it was verified, in seconds since 1970. */
  readonly verifiedAt: number;

  private constructor(claims: Claims, verdict: Verdict | undefined, verifiedAt: number) {
    this.#claims = claims;
    this.verdict = verdict;
    this.verifiedAt = verifiedAt;
  }

  /** @internal */
  static made(claims: Claims, verdict: Verdict | undefined, verifiedAt: number): License {
    return new License(claims, verdict, verifiedAt);
  }

  /** `Outcome.active` or `Outcome.grace`, as of the verification. */
  get outcome(): typeof Outcome.active | typeof Outcome.grace {
    return this.state(this.verifiedAt) === "grace" ? Outcome.grace : Outcome.active;
  }

  /** Where the license stands at a time. */
  state(now: Time): State {
    return stateOf(this.#claims, secondsOf(now)).state;
  }

  /** Whole days from `now` until it is over, in grace until it no longer works; nothing for a perpetual license. */
  daysLeft(now: Time): number | undefined {
    if (this.#claims.exp === undefined) return undefined;
    const seconds = secondsOf(now);
    const { state, until } = stateOf(this.#claims, seconds);
    const end = state === "grace" ? until : this.#claims.exp;
    return Math.max(0, Math.floor((end - seconds) / 86_400));
  }

  /** Whether it grants a feature. */
  hasFeature(name: string): boolean {
    return this.#claims.feat.includes(name);
  }

  /** The vendor. */
  get issuer(): string {
    return this.#claims.iss;
  }

  /** The product code. */
  get product(): string {
    return this.#claims.aud;
  }

  /** What was bought, one per order line. */
  get instance(): string {
    return this.#claims.sub;
  }

  /** The license's own id. */
  get id(): string {
    return this.#claims.jti;
  }

  /** When it was signed. */
  get issuedAt(): Date {
    return new Date(this.#claims.iat * 1000);
  }

  /** From when it is valid. */
  get notBefore(): Date {
    return new Date(this.#claims.nbf * 1000);
  }

  /** The first second in which it is no longer valid, before grace; nothing for a perpetual license. */
  get expiresAt(): Date | undefined {
    return this.#claims.exp === undefined ? undefined : new Date(this.#claims.exp * 1000);
  }

  /** Seconds after the end in which it still works. */
  get graceSeconds(): number {
    return this.#claims.grace;
  }

  /** How many units it grants. */
  get quantity(): number {
    return this.#claims.qty;
  }

  /** The names of the features it grants. */
  get features(): readonly string[] {
    return this.#claims.feat;
  }

  /** Granted for trying out. */
  get isTrial(): boolean {
    return this.#claims.trial;
  }

  /** A test license, which only a verifier that asks for test licenses accepts. */
  get isTest(): boolean {
    return this.#claims.test;
  }

  /** The device it is bound to; nothing when it is for none in particular. */
  get binding(): Binding | undefined {
    return this.#claims.dev;
  }

  /** The thumbprint of the device key of the machine it was given to; nothing where it names none. */
  get deviceKey(): string | undefined {
    return this.#claims.deviceKey;
  }

  /** Every claim by the names of the format; those that were left out with what that means. */
  toJSON(): object {
    const { dev, deviceKey, ...claims } = this.#claims;
    return { ...claims, dev: dev && plain(dev.claim), cnf: deviceKey === undefined ? undefined : { jkt: deviceKey } };
  }
}

/** A JSON tree as JavaScript has it. */
function plain(value: Json): unknown {
  if (value instanceof JsonNumber) return Number(value.text);
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([name, member]) => [name, plain(member)])) : value;
}
