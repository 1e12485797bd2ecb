// node e2e/persistence/prove.ts --backend docker --restarts 50: runs the full proof and prints what was compared.
import { parseArgs } from "node:util";
import { BACKEND_KINDS } from "@berth/domain";
import { provePersistence } from "./prove-persistence.ts";

const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "local" },
    restarts: { type: "string", default: "50" },
    pauses: { type: "string", default: "3" },
    hibernations: { type: "string", default: "3" },
    kills: { type: "string", default: "5" },
    image: { type: "string" },
  },
});
const backend = BACKEND_KINDS.find((kind) => kind === values.backend);
if (!backend) throw new Error(`There is no backend "${values.backend}".`);
const startedAt = performance.now();
const proof = await provePersistence({
  backend,
  restarts: Number(values.restarts),
  pauses: Number(values.pauses),
  hibernations: Number(values.hibernations),
  kills: Number(values.kills),
  ...(values.image ? { image: values.image } : {}),
  log: (line) => process.stdout.write(`${backend}: ${line}\n`),
});
process.stdout.write(
  `${JSON.stringify({ backend, seconds: Math.round((performance.now() - startedAt) / 1000), ...proof })}\n`,
);
