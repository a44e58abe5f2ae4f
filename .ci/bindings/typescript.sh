#!/usr/bin/env bash
# Builds and tests the TypeScript verifier, asks it what the core is asked, in Node and in a browser if there is one, and
# runs the page's example as a user would.
#
#   bash .ci/bindings/typescript.sh PROGRAMS FOLDER
#
# PROGRAMS holds license-conformance, license-agent and license-server; FOLDER keeps what is built for the next run.
set -euo pipefail
cd "$(dirname "$0")/../.."
. .ci/lib.sh
. .ci/bindings/shared.sh
programs=$(realpath "$1")
keep=$2/typescript/checkout/license-core/bindings
mkdir -p "$keep"
keep=$(realpath "$keep")
root=$PWD

step "typescript: tools"
installed node nodejs
installed npm npm
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || fail "Node 20 or later is needed, not $(node --version)"
export npm_config_cache=$keep/npm npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
export npm_config_package_lock=false npm_config_loglevel=error
# A copy, so that nothing lies in the sources; what was installed there stays.
mkdir -p "$keep/typescript" "$keep/../../docs/sdk"
find "$keep/typescript" -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -rf {} +
cp -R license-core/bindings/typescript/. "$keep/typescript"
cp docs/sdk/conformance.md "$keep/../../docs/sdk"

step "typescript: built as the page says"
# A block of the page, by its language.
block() { awk -v fence="\`\`\`$1" '$0 == "```" { if (on) exit } on { print } $0 == fence { on = 1 }' "$root/docs/sdk/typescript.md"; }
mkdir "$work/product" "$work/home"
cd "$work/product"
block sh >install.sh
CHECKOUT=$(realpath "$keep/../..") bash -e install.sh >/dev/null

step "typescript: tests"
cd "$keep/typescript"
node --test test/*.test.mjs

step "typescript: conformance in Node"
"$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --keep "$keep/differences" -- node conformance/program.mjs
if command -v chromium >/dev/null; then
  step "typescript: conformance in a browser"
  "$programs/license-conformance" run --seed "${CONFORMANCE_SEED:-1}" --cases 2000 --timeout 60 --keep "$keep/differences" -- node conformance/browser.mjs chromium
fi

step "typescript: the page's example, from a clean folder"
"$programs/license-server" demo --once --data "$work/demo" >/dev/null
"$programs/license-agent" --vendor "$work/demo/vendor.toml" --dir "$work/installed" install "$work"/demo/delivered/*.lic >/dev/null
cd "$work/product"
block js >cad.mjs
cmp cad.mjs "$root/license-core/bindings/typescript/example/example.mjs"
cp "$work/demo/vendor.toml" .
node=$(command -v node)
product() { env -i PATH="$programs:/usr/bin:/bin" HOME="$work/home" LICENSE_AGENT_DIR="$1" "$node" cad.mjs; }
product "$work/installed" | tee said
grep -qx 'active, 36[0-9] days left' said && grep -qx 'mesh: true' said
grep -q '^clock-guard/v1 ' "$work/home/.config/cad.clock"
mkdir "$work/empty"
! product "$work/empty" 2>said || fail "a license was found where there is none"
grep -q '^No license is installed; .* Activate this machine' said

step "typescript: types, as modules and as CommonJS"
cat >use.mts <<'END'
import { type Device, Outcome, Trust, verify } from "license-core";
import { deviceFromAgent, InstalledLicense } from "license-core/node";

const trust: Trust = await Trust.fromVendorFile("");
const device: Device = await deviceFromAgent(trust, { timeout: 5 });
const days: number | undefined = (await InstalledLicense.find("cad").verify(trust, device, 0)).daysLeft(0);
const holds: boolean = (await verify("", trust, undefined, new Date())).outcome === Outcome.active;
console.log(days, holds);
END
sed 's/await //g; s/^const \(trust\|device\|days\|holds\).*//; /console/d' use.mts >use.cts
tsc=$keep/typescript/node_modules/.bin/tsc
"$tsc" --noEmit --strict --target es2022 --lib es2022,dom --module nodenext use.mts use.cts
"$tsc" --noEmit --strict --target es2022 --lib es2022,dom --module commonjs --moduleResolution node10 use.cts

figure "$(stat -c %s license-core-*.tgz) bytes packed, $(du -sb node_modules/license-core | cut -f 1) installed"
cat >speed.mjs <<'END'
import { readFileSync } from "node:fs";
import { Device, Trust, verify } from "license-core";

const [vendor, license, text] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
const trust = await Trust.fromVendorFile(vendor);
const device = await Device.fromJson(trust, text);
let best = Infinity;
for (let round = 0; round < 8; round += 1) {
  const began = process.cpuUsage();
  for (let n = 0; n < 1000; n += 1) await verify(license, trust, device, new Date());
  const used = process.cpuUsage(began);
  best = Math.min(best, (used.user + used.system) / 1000);
}
console.log(`${best.toFixed(0)} us for each check`);
END
"$programs/license-agent" --vendor vendor.toml fingerprint --json >device.json
figure "$(node speed.mjs vendor.toml "$work"/installed/*.lic device.json)"
lines cad.mjs

HOME=$work/home CHECKOUT=$(realpath "$keep/../..") demo_lines "$work/demo" typescript
