import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCli } from "./bundle.ts";
import { packAll } from "./pack.ts";

const packages = fileURLToPath(new URL("../../dist/packages", import.meta.url));
const { client, cli } = await packAll(packages);
for (const path of [await bundleCli(), client, cli]) process.stdout.write(`Built ${join(path)}\n`);
