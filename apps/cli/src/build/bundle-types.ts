import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";

const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url));
const REQUEST_CONTEXT = "\0request-context.d.ts";
const CONTEXT_STUB =
  "export interface RequestContext {}\nexport interface StateDisk {}\nexport declare const admit: unknown;\n";

/** Resolves imports between the declarations that `tsc -b` has written. */
const workspaceTypes: Plugin = {
  name: "workspace-types",
  resolveId: {
    order: "pre",
    handler(source, importer) {
      if (!importer || importer.startsWith("\0")) return null;
      // What the server knows of a request leads to its whole code, and no caller sees it.
      if (source === "./context.ts" && importer.includes("/routers/")) return REQUEST_CONTEXT;
      if (source === "zod") return join(REPOSITORY, "packages/domain/node_modules/zod/index.d.ts");
      const [, name, part = ""] = /^@berth\/([a-z]+)(\/[a-z-]+)?$/.exec(source) ?? [];
      if (name) return declarationOf(name, `.${part}`);
      if (/^\.{1,2}\//.test(source)) return join(dirname(importer), asDeclaration(source));
      return null;
    },
  },
  load: (id) => (id === REQUEST_CONTEXT ? CONTEXT_STUB : null),
};

const asDeclaration = (path: string): string =>
  path.replace(/(?<!\.d)\.([cm]?)[jt]s$/, (_, kind: string) => `.d.${kind}ts`);

/** The declaration of an entry in the `exports` of a package. */
function declarationOf(name: string, part: string): string {
  const folder = join(REPOSITORY, name === "daemon" ? "apps" : "packages", name);
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    exports: Record<string, string>;
  };
  return join(folder, (exports[part] ?? "").replace("./src/", "dist/types/").replace(/\.ts$/, ".d.ts"));
}

/** Bundles the declarations of the client with everything that they refer to. `tsc -b packages/client` comes first. */
export async function bundleClientTypes(entry: string): Promise<string> {
  const bundle = await rolldown({
    input: join(REPOSITORY, "packages/client/dist/types", `${entry}.d.ts`),
    plugins: [workspaceTypes, dts({ dtsOnly: true, tsconfig: false, generator: "oxc" })],
    external: [/^node:/, /^(?:drizzle-orm|pg|dockerode|@aws-sdk|ws)/],
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await bundle.generate({ format: "es" });
  await bundle.close();
  const [chunk, ...others] = output;
  if (others.some(({ type }) => type === "chunk")) throw new Error("The declarations are more than one file.");
  return chunk.code;
}
