/** The kinds of hardware facts. Their bytes are fixed for ever. */

/** What a fact says about a machine. */
export type Kind = "mac" | "disk" | "board" | "cpu" | "system" | "os" | "cloud" | "tpm" | "custom";

/** By their bytes in binary forms, from 1 on. */
const KINDS: readonly Kind[] = ["mac", "disk", "board", "cpu", "system", "os", "cloud", "tpm", "custom"];

export function kindOfByte(byte: number): Kind | undefined {
  return KINDS[byte - 1];
}

export function byteOf(kind: Kind): number {
  return KINDS.indexOf(kind) + 1;
}

export function isKind(name: string): name is Kind {
  return (KINDS as readonly string[]).includes(name);
}

/** Whether it names one machine rather than a model. */
export function isAnchor(kind: Kind): boolean {
  return kind !== "cpu";
}

/** How many values of it one fingerprint may hold. */
export function limitOf(kind: Kind): number {
  return kind === "mac" || kind === "disk" ? 4 : 1;
}
