/** The vendor file: a verifier's trust as one TOML text. */

import { textOf } from "./encoding.js";
import { type Json, JsonFault } from "./json.js";
import { readKeys } from "./key.js";
import { LicenseError, Outcome, shown } from "./outcome.js";
import { parseToml } from "./toml.js";
import type { TrustOptions } from "./trust.js";

/** How much of a vendor file is read, in bytes. */
const LONGEST = 1 << 20;
const SETTINGS = ["issuer", "product", "realm", "server", "test", "keys"];

export async function readVendorFile(given: string | Uint8Array): Promise<TrustOptions> {
  if (given.length > LONGEST) throw unusable("it is longer than is read");
  const text = typeof given === "string" ? given : textOf(given);
  if (text === undefined) throw unusable("it is no UTF-8");
  const file = readToml(text);
  const unknown = [...file.keys()].find((name) => !SETTINGS.includes(name));
  if (unknown !== undefined) throw unusable(`\`${shown(unknown)}\` is no setting`);
  const setting = (name: string): string | undefined => {
    const value = file.get(name);
    if (value !== undefined && typeof value !== "string") throw unusable(`\`${name}\` is no text`);
    return value;
  };
  const [issuer, product, realm, server] = ["issuer", "product", "realm", "server"].map(setting);
  if (!issuer || !product) throw unusable("`issuer` and `product` are to say something");
  const test = file.get("test") ?? false;
  if (typeof test !== "boolean") throw unusable("`test` is neither true nor false");
  const keys = await readKeys(file.get("keys"));
  if (!keys || keys.size === 0) throw unusable("`keys` is no list of Ed25519 keys");
  return { issuer, product, realm: realm ?? issuer, server, test, keys };
}

function readToml(text: string): Map<string, Json> {
  try {
    return parseToml(text);
  } catch (error) {
    if (error instanceof JsonFault) throw unusable(error.message);
    throw error;
  }
}

function unusable(why: string): LicenseError {
  return new LicenseError(Outcome.unusableTrust, `the vendor file cannot be read: ${why}`);
}
