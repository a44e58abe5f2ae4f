/** How long this machine has been running. */

import { uptime as seconds } from "node:os";
import { platform } from "node:process";

import { type Uptime, uptimeOf } from "../clock.js";
import { readText } from "./files.js";

/** How long this machine has been running; nothing where the system does not say. On Linux the start has a name. */
export async function uptime(): Promise<Uptime | undefined> {
  try {
    if (platform === "linux") {
      const ran = Math.round(Number(readText("/proc/uptime", 256).split(" ")[0]) * 1000);
      return Number.isSafeInteger(ran) && ran >= 0 ? await uptimeOf(ran, bootId()) : undefined;
    }
    // Whole seconds, as other readers of the same mark count.
    const ran = Math.floor(seconds()) * 1000;
    return Number.isSafeInteger(ran) && ran >= 0 ? await uptimeOf(ran) : undefined;
  } catch {
    return undefined;
  }
}

function bootId(): string | undefined {
  try {
    return readText("/proc/sys/kernel/random/boot_id", 256);
  } catch {
    return undefined;
  }
}
