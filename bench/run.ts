// `pnpm bench` runs all; `pnpm bench create-to-online` one. Ratios against a floor of the same run; nothing is asserted.
import { createToOnline } from "./src/create-to-online.ts";

const BENCHES: Record<string, () => Promise<void>> = { "create-to-online": createToOnline };

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHES)) {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`There is no bench "${name}". There are: ${Object.keys(BENCHES).join(", ")}.`);
  await bench();
}
process.exit(0);
