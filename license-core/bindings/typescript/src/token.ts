/** The compact serialisation of licenses and key sets (RFC 7515, section 7.1). */

import { type Bytes, decodeBase64, decodeBase64Of, trimAscii, utf8 } from "./encoding.js";
import { parseObject } from "./json.js";
import { SIGNATURE_SIZE } from "./key.js";

/** The longest license or key set that is read, in bytes. */
export const MAX_TOKEN_LENGTH = 16 * 1024;

/** A token before anything is verified. */
export interface Compact {
  readonly token: string;
  readonly kid: string;
  /** Decoded from base64url, but not looked into. */
  readonly payload: Bytes;
  /** The signing input, as received. */
  readonly signed: Bytes;
  readonly signature: Bytes;
}

/** Takes a token apart and reads its header, whose `typ` must be the one that is due. A text says what is wrong. */
export function splitToken(text: string, typ: string): Compact | string {
  const token = trimAscii(text);
  if (token.length > MAX_TOKEN_LENGTH || utf8(token).length > MAX_TOKEN_LENGTH) return "it is longer than is read";
  const parts = token.split(".");
  const [header, body, end] = parts;
  if (header === undefined || body === undefined || end === undefined || parts.length !== 3) {
    return "it is not three parts joined by dots; was all of it copied?";
  }
  const kid = readHeader(header, typ);
  if (kid === undefined) return `its header is not alg EdDSA, kid and typ ${typ}; was it changed on the way?`;
  const signature = decodeBase64Of(end, SIGNATURE_SIZE);
  if (!signature) return "its signature is not base64url without padding; was it changed on the way?";
  const payload = decodeBase64(body);
  if (!payload) return "its payload is not base64url without padding; was it changed on the way?";
  return { token, kid, payload, signed: utf8(`${header}.${body}`), signature };
}

/** Exactly alg, kid and typ. The algorithm is fixed here and not taken from the token. */
function readHeader(encoded: string, typ: string): string | undefined {
  const json = decodeBase64(encoded);
  const header = json && parseObject(json);
  if (!header || header.size !== 3 || header.get("alg") !== "EdDSA" || header.get("typ") !== typ) return undefined;
  return thumbprint(header.get("kid"));
}

/** A key's name, if it is one: 32 bytes of base64url. */
export function thumbprint(value: unknown): string | undefined {
  return typeof value === "string" && decodeBase64Of(value, 32) ? value : undefined;
}
