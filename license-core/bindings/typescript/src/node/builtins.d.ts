/** What is used of Node, so that nothing but the compiler is needed to build. Not part of what is shipped. */

declare module "node:fs" {
  interface Stats {
    readonly size: bigint;
    readonly mtimeNs: bigint;
    readonly ino: bigint;
    readonly dev: bigint;
    isFile(): boolean;
    isDirectory(): boolean;
  }
  export function statSync(path: string, options: { bigint: true }): Stats;
  export function fstatSync(file: number, options: { bigint: true }): Stats;
  export function openSync(path: string, flags: string | number, mode?: number): number;
  export function readSync(file: number, into: Uint8Array, offset: number, length: number, position: number | null): number;
  export function writeSync(file: number, text: string): number;
  export function fsyncSync(file: number): void;
  export function closeSync(file: number): void;
  export function renameSync(from: string, to: string): void;
  export function rmSync(path: string, options: { force: boolean }): void;
  export function mkdirSync(path: string): void;
  export function accessSync(path: string, mode: number): void;
  export const constants: { readonly X_OK: number; readonly O_RDONLY: number; readonly O_NONBLOCK?: number };
}

declare module "node:os" {
  export function uptime(): number;
}

declare module "node:path" {
  export function join(...parts: string[]): string;
  export function dirname(path: string): string;
  export function isAbsolute(path: string): boolean;
  export const delimiter: string;
}

declare module "node:process" {
  export const platform: string;
  export const env: Readonly<Record<string, string | undefined>>;
  export const execPath: string;
  export const argv: readonly string[];
  export const pid: number;
}

declare module "node:child_process" {
  interface Output {
    on(event: "data", listener: (chunk: Uint8Array) => void): void;
    destroy(): void;
  }
  interface Child {
    readonly stdout: Output;
    readonly stderr: Output;
    on(event: "error", listener: (error: Error) => void): void;
    on(event: "exit" | "close", listener: (code: number | null) => void): void;
    kill(signal: "SIGKILL"): void;
  }
  export function spawn(
    program: string,
    arguments_: readonly string[],
    options: {
      readonly env: Readonly<Record<string, string | undefined>>;
      readonly stdio: readonly ["ignore", "pipe", "pipe"];
      readonly windowsHide: boolean;
    },
  ): Child;
}
