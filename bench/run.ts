// `pnpm bench` runs all benchmarks, `pnpm bench create-to-online` one. They report ratios to a floor of the same run and
// assert nothing.
import { canvas } from "./src/canvas.ts";
import { commands } from "./src/commands.ts";
import { createToOnline } from "./src/create-to-online.ts";
import { filesList } from "./src/files-list.ts";
import { idle } from "./src/idle.ts";
import { start } from "./src/start.ts";
import { transfer } from "./src/transfer.ts";
import { workspacesList } from "./src/workspaces-list.ts";

const BENCHMARKS: Record<string, () => Promise<void>> = {
  commands,
  "create-to-online": createToOnline,
  "files-list": filesList,
  transfer,
  "workspaces-list": workspacesList,
  start,
  idle,
  canvas,
};

const requested = process.argv.slice(2);
for (const name of requested.length > 0 ? requested : Object.keys(BENCHMARKS)) {
  const benchmark = BENCHMARKS[name];
  if (!benchmark) throw new Error(`Unknown benchmark "${name}". Available: ${Object.keys(BENCHMARKS).join(", ")}.`);
  await benchmark();
}
