// A product that asks for its license: docs/sdk/typescript.md.
import { readFile } from "node:fs/promises";

import { deviceFromAgent, explain, InstalledLicense, Trust } from "license-core/node";

try {
  const trust = await Trust.fromVendorFile(await readFile(new URL("vendor.toml", import.meta.url)));
  const installed = InstalledLicense.find(trust.product);
  const device = await deviceFromAgent(trust);
  const markFile = `${process.env.HOME}/.config/cad.clock`; // where this product keeps its own files
  const { license, clock } = await installed.verifyGuarded(trust, device, new Date(), markFile);
  console.log(`${license.state(clock.time)}, ${license.daysLeft(clock.time) ?? "any number of"} days left`);
  console.log(`mesh: ${license.hasFeature("mesh")}`);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
