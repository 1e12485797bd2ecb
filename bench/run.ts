// `pnpm bench` runs all benchmarks, `pnpm bench create-to-online` one. They report ratios to a floor of the same run and
// assert nothing.
import { canvas } from "./src/canvas.ts";
import { createToOnline } from "./src/create-to-online.ts";
import { filesList } from "./src/files-list.ts";
import { idle } from "./src/idle.ts";
import { start } from "./src/start.ts";
import { transfer } from "./src/transfer.ts";
import { workspacesList } from "./src/workspaces-list.ts";

const BENCHES: Record<string, () => Promise<void>> = {
  "create-to-online": createToOnline,
  "files-list": filesList,
  transfer,
  "workspaces-list": workspacesList,
  start,
  idle,
  canvas,
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(BENCHES)) {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`There is no benchmark "${name}". There are: ${Object.keys(BENCHES).join(", ")}.`);
  await bench();
}
