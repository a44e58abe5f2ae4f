/**
 * Verifies licenses that license-server issued, in Node and in browsers: docs/sdk/typescript.md. What reads files and runs
 * programs is in `license-core/node`.
 *
 * @packageDocumentation
 */

export type { State, Time } from "./claims.js";
export {
  clockInWords, ClockGuard, verifyJudged, uptimeOf,
  type ClockFault, type ClockVerdict, type Judged, type Observation, type Uptime,
} from "./clock.js";
export { Device } from "./device.js";
export { parseFingerprint, type Component } from "./fingerprint.js";
export { parseJwks, VerifyingKey, type KeyRing } from "./key.js";
export type { Kind } from "./kind.js";
export { License, UnverifiedLicense, verify } from "./license.js";
export { Binding, verdictInWords, type Part, type PartOutcome, type Verdict } from "./matching.js";
export { explain, LicenseError, Outcome, wordOf, type OutcomeNumber } from "./outcome.js";
export { licenseFolders, licensePlaces, type Environment, type System } from "./places.js";
export { Challenge } from "./possession.js";
export { MAX_TOKEN_LENGTH } from "./token.js";
export { Trust, type TrustOptions } from "./trust.js";
