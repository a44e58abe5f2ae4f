/** Ed25519 public keys, checked when they are made. */

import { type Bytes, decodeBase64Of, encodeBase64, isSame, sha256, subtle, toHex, utf8 } from "./encoding.js";
import { type Json, parseObject } from "./json.js";
import { LicenseError, Outcome } from "./outcome.js";

const KEY_SIZE = 32;
export const SIGNATURE_SIZE = 64;

// The prime of the field and the d of the curve (RFC 8032, section 5.1), and the y of a point of order eight.
const PRIME = 2n ** 255n - 19n;
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
const ORDER_EIGHT = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;

/** Every y whose points are of small order, as bytes. */
const SMALL_ORDERS = [0n, 1n, PRIME - 1n, ORDER_EIGHT, PRIME - ORDER_EIGHT].map(bytesOf);

function bytesOf(y: bigint): Uint8Array {
  return Uint8Array.from({ length: KEY_SIZE }, (_, at) => Number((y >> BigInt(8 * at)) & 0xffn));
}

/** The y that 32 bytes spell, without the sign of x in the highest bit. */
function withoutSign(point: Uint8Array): Uint8Array {
  const y = new Uint8Array(point); // slice() of Node's Buffer would be no copy
  y[KEY_SIZE - 1] = (y[KEY_SIZE - 1] ?? 0) & 0x7f;
  return y;
}

function isSmallOrder(point: Uint8Array): boolean {
  const y = withoutSign(point);
  return SMALL_ORDERS.some((small) => isSame(small, y));
}

/** Whether 32 bytes are the one spelling of a point: y is reduced, and x² = (y² − 1) / (d y² + 1) has a root. */
function isPoint(point: Uint8Array): boolean {
  const y = BigInt(`0x${toHex(withoutSign(point).reverse())}`);
  if (y >= PRIME) return false;
  const square = (y * y) % PRIME;
  // A quotient has a root where the product has one (Euler). No root of 0 but 0, whose points are of small order.
  return power(((square - 1n) * (D * square + 1n)) % PRIME, (PRIME - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = ((base % PRIME) + PRIME) % PRIME;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}

/** An Ed25519 public key with its name. */
export class VerifyingKey {
  /** Its thumbprint (RFC 7638), 43 characters of base64url: the `kid` of licenses. */
  readonly id: string;
  readonly #key: CryptoKey;

  private constructor(id: string, key: CryptoKey) {
    this.id = id;
    this.#key = key;
  }

  /**
   * Checks 32 bytes of RFC 8032: the one spelling of a point that is not of small order.
   *
   * @throws {LicenseError} `unusableTrust`, or `noEd25519`
   */
  static async fromBytes(bytes: Uint8Array): Promise<VerifyingKey> {
    if (bytes.length !== KEY_SIZE || !isPoint(bytes) || isSmallOrder(bytes)) {
      throw new LicenseError(Outcome.unusableTrust, "not a usable Ed25519 public key");
    }
    const x = encodeBase64(bytes);
    const platform = subtle();
    const id = encodeBase64(await sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)));
    try {
      return new VerifyingKey(id, await platform.importKey("raw", new Uint8Array(bytes), "Ed25519", false, ["verify"]));
    } catch (cause) {
      throw new LicenseError(Outcome.noEd25519, "this platform cannot verify Ed25519 signatures", { cause });
    }
  }

  /**
   * Checks a signature strictly. WebCrypto compares R byte by byte, without the cofactor, and refuses an S that was not
   * reduced; what it need not refuse is an R of small order.
   *
   * @internal
   */
  async verifies(message: Bytes, signature: Bytes): Promise<boolean> {
    if (signature.length !== SIGNATURE_SIZE || isSmallOrder(signature.subarray(0, KEY_SIZE))) return false;
    try {
      return await subtle().verify("Ed25519", this.#key, signature, message);
    } catch {
      return false; // a platform that throws at a signature does not take it for genuine
    }
  }
}

/** Keys by their thumbprints, in the order in which they were named, each once. */
export type KeyRing = ReadonlyMap<string, VerifyingKey>;

export function ringOf(keys: Iterable<VerifyingKey>): KeyRing {
  const ring = new Map<string, VerifyingKey>();
  for (const key of keys) if (!ring.has(key.id)) ring.set(key.id, key);
  return ring;
}

/**
 * Reads a JWK set such as /.well-known/jwks.json. Every key must be Ed25519, and every kid its thumbprint.
 *
 * @throws {LicenseError} `unusableTrust`
 */
export async function parseJwks(json: string): Promise<KeyRing> {
  const ring = await readKeys(parseObject(json)?.get("keys"));
  if (!ring) throw new LicenseError(Outcome.unusableTrust, "not a JWK set of Ed25519 keys");
  return ring;
}

/** Reads a list of JWKs; one that is none, or of another kind, spoils all. */
export async function readKeys(list: Json | undefined): Promise<KeyRing | undefined> {
  if (!Array.isArray(list)) return undefined;
  const keys: VerifyingKey[] = [];
  for (const jwk of list) {
    const key = await readJwk(jwk);
    if (!key) return undefined;
    keys.push(key);
  }
  return ringOf(keys);
}

/** One key (RFC 8037); alg, use and kid may be left out or null, other members are ignored. */
async function readJwk(jwk: Json): Promise<VerifyingKey | undefined> {
  if (!(jwk instanceof Map) || jwk.get("kty") !== "OKP" || jwk.get("crv") !== "Ed25519") return undefined;
  if (!mayBe(jwk.get("alg"), "EdDSA", "Ed25519") || !mayBe(jwk.get("use"), "sig")) return undefined;
  const key = await readX(jwk.get("x"));
  return key && mayBe(jwk.get("kid"), key.id) ? key : undefined;
}

function mayBe(value: Json | undefined, ...wanted: string[]): boolean {
  return value === undefined || value === null || (typeof value === "string" && wanted.includes(value));
}

/** The key of an `x`; nothing if it is not usable. */
export async function readX(x: Json | undefined): Promise<VerifyingKey | undefined> {
  const bytes = typeof x === "string" ? decodeBase64Of(x, KEY_SIZE) : undefined;
  if (!bytes) return undefined;
  try {
    return await VerifyingKey.fromBytes(bytes);
  } catch (error) {
    if (error instanceof LicenseError && error.outcome === Outcome.unusableTrust) return undefined;
    throw error;
  }
}
