/** A challenge, answered by the machine's key: a copied file is no copied license. */

import { decodeBase64, decodeBase64Of, encodeBase64, isSame, sha256, trimAscii, utf8 } from "./encoding.js";
import { type Json, parseObject } from "./json.js";
import { readX, SIGNATURE_SIZE, type VerifyingKey } from "./key.js";
import { LicenseError, Outcome } from "./outcome.js";

const LONGEST_PROOF = 4096;
const TYP = "license-possession+jwt";
const CHALLENGE_SIZE = 32;

/** Why a proof proves nothing, by its stable word. */
const SENTENCES: Readonly<Record<string, string>> = {
  missing: "none was given",
  "no-key": "the license names no device key",
  "too-long": "it is too long",
  parts: "it is not three parts joined by dots",
  encoding: "a part is not base64url without padding",
  header: "its header is not understood",
  signature: "its signature does not fit the key in its header",
  claims: "its claims are not understood",
  challenge: "it answers another challenge",
  license: "it is for another license",
  "other-key": "it is by another key than the license names",
};

/** 32 random bytes that nobody could have signed before. Make one for each check, and use it once. */
export class Challenge {
  private constructor(/** @internal */ readonly bytes: Uint8Array) {}

  /** A new one of the platform's randomness. */
  static random(): Challenge {
    return new Challenge(crypto.getRandomValues(new Uint8Array(CHALLENGE_SIZE)));
  }

  /**
   * Reads 43 characters of base64url.
   *
   * @throws {LicenseError} `malformedChallenge`
   */
  static parse(text: string): Challenge {
    const bytes = decodeBase64Of(trimAscii(text), CHALLENGE_SIZE);
    if (!bytes) throw new LicenseError(Outcome.malformedChallenge, "a challenge is 43 characters of base64url");
    return new Challenge(bytes);
  }

  /** What `license-agent prove` takes. */
  toString(): string {
    return encodeBase64(this.bytes);
  }
}

export function notProved(word: string): LicenseError {
  const sentence = `it is not shown that this machine has the license's key: ${SENTENCES[word] ?? word}`;
  return new LicenseError(Outcome.possession, sentence, { proof: word });
}

/** The stable word for why a proof proves nothing; nothing if it does prove. */
export async function checkProof(
  challenge: Challenge, key: string, license: string, said: string,
): Promise<string | undefined> {
  const proof = trimAscii(said);
  if (proof.length > LONGEST_PROOF || utf8(proof).length > LONGEST_PROOF) return "too-long";
  const parts = proof.split(".");
  const [header, body, end] = parts;
  if (header === undefined || body === undefined || end === undefined || parts.length !== 3) return "parts";
  const json = decodeBase64(header);
  if (!json) return "encoding";
  const signer = await readHeader(json);
  if (!signer) return "header";
  const signature = decodeBase64Of(end, SIGNATURE_SIZE);
  const payload = decodeBase64(body);
  if (!signature || !payload) return "encoding";
  if (!(await signer.verifies(utf8(`${header}.${body}`), signature))) return "signature";
  const claims = parseObject(payload);
  const nonce = hashOf(claims?.get("nonce"));
  const hash = hashOf(claims?.get("ath"));
  if (!nonce || !hash) return "claims";
  if (!isSame(nonce, challenge.bytes)) return "challenge";
  if (!isSame(hash, await sha256(utf8(license)))) return "license";
  return signer.id === key ? undefined : "other-key";
}

/** The key that the proof is signed with. A private half, and crit, are refused; other members are ignored. */
async function readHeader(json: Uint8Array): Promise<VerifyingKey | undefined> {
  const header = parseObject(json);
  const jwk = header?.get("jwk");
  const alg = header?.get("alg");
  if (header?.get("typ") !== TYP || (alg !== "EdDSA" && alg !== "Ed25519") || header.has("crit")) return undefined;
  if (!(jwk instanceof Map) || jwk.get("kty") !== "OKP" || jwk.get("crv") !== "Ed25519" || jwk.has("d")) return undefined;
  return readX(jwk.get("x"));
}

function hashOf(value: Json | undefined): Uint8Array | undefined {
  return typeof value === "string" ? decodeBase64Of(value, 32) : undefined;
}
