/** What a verifier goes by. */

import { tagOf } from "./fingerprint.js";
import { type KeyRing, ringOf, type VerifyingKey } from "./key.js";
import { LearnedKeys } from "./keySet.js";
import { LicenseError } from "./outcome.js";
import { readVendorFile } from "./vendorFile.js";

/** What trust is made of. */
export interface TrustOptions {
  /** `iss` of the licenses. */
  readonly issuer: string;
  /** `aud` of the licenses: the product code. */
  readonly product: string;
  /** Under whose name device digests are made; the issuer when left out. */
  readonly realm?: string;
  readonly keys: KeyRing | Iterable<VerifyingKey>;
  /** Test licenses are accepted, and real ones are not. */
  readonly test?: boolean;
  /** Where an agent reaches the vendor's server. */
  readonly server?: string | undefined;
}

/** The vendor, the product and the keys that a license must agree with. Never changed: what adds to it gives another. */
export class Trust {
  readonly issuer: string;
  readonly product: string;
  readonly realm: string;
  readonly server: string | undefined;
  readonly acceptsTest: boolean;
  readonly requiresPossession: boolean;
  /** The keys that licenses are verified with: those of the vendor file, and what was learned. */
  readonly keys: KeyRing;
  /** What stands for the realm. @internal */
  readonly tag: Uint8Array;
  readonly #own: KeyRing;
  readonly #learned: LearnedKeys;
  readonly #options: TrustOptions;

  private constructor(options: TrustOptions, tag: Uint8Array, own: KeyRing, learned: LearnedKeys, possession: boolean) {
    this.issuer = options.issuer;
    this.product = options.product;
    this.realm = options.realm ?? options.issuer;
    this.server = options.server;
    this.acceptsTest = options.test === true;
    this.requiresPossession = possession;
    this.keys = learned.with(own);
    this.tag = tag;
    this.#own = own;
    this.#learned = learned;
    this.#options = options;
  }

  /** Accepts licenses of an issuer for a product, signed by one of these keys. */
  static async of(options: TrustOptions): Promise<Trust> {
    const keys = options.keys instanceof Map ? options.keys.values() : (options.keys as Iterable<VerifyingKey>);
    const tag = await tagOf(options.realm ?? options.issuer);
    return new Trust({ ...options }, tag, ringOf(keys), LearnedKeys.none(), false);
  }

  /**
   * Reads the TOML that `license-server keys export --agent` writes: issuer, product, keys, and where needed realm, server
   * and test. A setting that is not known is an error. Give a file's bytes as they are: what is no UTF-8 is refused then,
   * and reading it as a text would put other characters in its place.
   *
   * @throws {LicenseError} `unusableTrust`, or `noEd25519`
   */
  static async fromVendorFile(file: string | Uint8Array): Promise<Trust> {
    return Trust.of(await readVendorFile(file));
  }

  /** The same trust for test licenses, or for real ones. */
  acceptingTest(test: boolean): Trust {
    return new Trust({ ...this.#options, test }, this.tag, this.#own, this.#learned, this.requiresPossession);
  }

  /**
   * The same trust for licenses whose machine proves that it has the key they name: a copied file is then no copied
   * license. Only `verifyWithProof` passes under it.
   */
  requiringPossession(): Trust {
    return new Trust(this.#options, this.tag, this.#own, this.#learned, true);
  }

  /**
   * Takes in signed key sets, one on a line and the oldest first, as license-agent keeps them beside the license.
   *
   * Nothing in the text is believed by itself: a set counts only if it is signed with a key that is trusted already, comes
   * from the same vendor and is newer than the last one. `trust` has what could be taken, `error` says why the last set was
   * not.
   */
  async learn(sets: string): Promise<{ trust: Trust; error: LicenseError | undefined }> {
    const { learned, error } = await this.#learned.extend(this.#own, this.issuer, sets);
    return { trust: new Trust(this.#options, this.tag, this.#own, learned, this.requiresPossession), error };
  }

  /** The key sets that were taken in, one on a line and the oldest first. */
  get learnedKeys(): string {
    return this.#learned.toString();
  }
}
