/** Small files: read with a bound, written as a whole. */

import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as process from "node:process";

import { textOf } from "../encoding.js";

/** What tells a file that was replaced from one that was not, without reading it. */
export type Stamp = string;

/** The stamp of a file; nothing where there is none, or it cannot be looked at. */
export function stampOf(path: string): Stamp | undefined {
  try {
    const { size, mtimeNs, ino, dev } = statSync(path, { bigint: true });
    return [size, mtimeNs, ino, dev].join();
  } catch {
    return undefined;
  }
}

/** Whether there is a file, readable or not. */
export function isThere(path: string): boolean {
  try {
    statSync(path, { bigint: true });
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    return code !== "ENOENT" && code !== "ENOTDIR" && code !== "ERR_INVALID_ARG_VALUE";
  }
}

/** A text of at most so many bytes; what is longer, or no UTF-8, comes as an empty one. Throws what the system says. */
export function readText(path: string, longest: number): string {
  // A pipe would be waited for.
  if (!statSync(path, { bigint: true }).isFile()) throw new Error("it is not a file");
  const bytes = new Uint8Array(longest + 1);
  const file = openSync(path, "r");
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    return length > longest ? "" : (textOf(bytes.subarray(0, length)) ?? "");
  } finally {
    closeSync(file);
  }
}

/** Writes a file as a whole: beside, synced, renamed. Throws what the system says. */
export function replaceFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const random = crypto.getRandomValues(new Uint32Array(2)).join("-");
  const beside = `${path}.${process.pid}-${random}.new`;
  try {
    const file = openSync(beside, "wx", 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
