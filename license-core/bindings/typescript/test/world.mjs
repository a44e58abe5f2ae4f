// A vendor of the tests' own: keys, licenses, key sets.
import { createPrivateKey, createPublicKey, sign } from "node:crypto";
import assert from "node:assert/strict";

import { LicenseError, Outcome, Trust, VerifyingKey } from "license-core";

export const VENDOR = "https://vendor.example";
export const BEGIN = 1_790_000_000;
/** Disk and board of the format's worked example. */
export const DEVICE = "DF1-2YV4QVQCX4UPWPYPXNKUP2QPQOGRZ4QVYSKYNOTASOC2GXHY";
export const BOUND = {
  dev: { v: 1, r: "1ivIVg", min: 60, c: { disk: [20, "vyj7Pw-7VUfqDw"], board: [25, "jRzyFcSVhrpgkw"] } },
};

export function at(days) {
  return new Date((BEGIN + days * 86_400) * 1000);
}

export async function signerOf(n) {
  const seed = Buffer.from(`302e020100300506032b657004220420${n.toString(16).padStart(64, "0")}`, "hex");
  const key = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  const { id } = await VerifyingKey.fromBytes(Buffer.from(x, "base64url"));
  const token = (typ, payload) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const input = `${part({ alg: "EdDSA", kid: id, typ })}.${part(payload)}`;
    return `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;
  };
  const vendorFile = `issuer = "${VENDOR}"\nproduct = "cad"\n\n[[keys]]\nkty = "OKP"\ncrv = "Ed25519"\nx = "${x}"\n`;
  return {
    id,
    vendorFile,
    jwk: { kty: "OKP", crv: "Ed25519", x },
    trust: await Trust.fromVendorFile(vendorFile),
    license: (more = {}) =>
      token("license+jwt", {
        iss: VENDOR, aud: "cad", sub: "i-1", jti: "l-1", iat: BEGIN, nbf: BEGIN, exp: BEGIN + 30 * 86_400,
        qty: 1, feat: ["mesh"], grace: 3600, ...more,
      }),
    keySet: (keys) => token("license-keys+jwt", { iss: VENDOR, seq: 1, iat: 1, keys }),
  };
}

/** That work fails with this outcome, and how. */
export async function refused(outcome, work) {
  let error;
  await assert.rejects(async () => work(), (thrown) => ((error = thrown), true));
  assert(error instanceof LicenseError, String(error));
  assert.equal(error.outcome, Outcome[outcome], error.message);
  return error;
}
