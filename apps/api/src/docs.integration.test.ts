import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMetrics } from "./metrics.ts";
import { freePort } from "./testing/free-port.ts";
import { procedureReference, toolReference } from "./testing/reference.ts";
import { openTestApi, REPOSITORY, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
let folder: string;
beforeAll(async () => {
  // Previews have the public port in their names.
  api = await openTestApi({ environment: { PORT: String(await freePort()) } });
  folder = await mkdtemp(join(tmpdir(), "berth-docs-"));
  await mkdir(join(folder, ".berth"));
  await writeFile(join(folder, ".berth", "owner-token"), `${api.api.ownerToken}\n`);
  await copyFile(join(REPOSITORY, "README.md"), join(folder, "README.md"));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** The shell blocks that a reader would paste, in order. */
async function shellOf(document: string, after = ""): Promise<string> {
  const text = await readFile(join(REPOSITORY, document), "utf8");
  const blocks = [...text.slice(text.indexOf(after)).matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? "");
  return blocks.join("\n").replaceAll("http://127.0.0.1:3000", api.url);
}

/** The output of a script, one response per line. */
async function paste(script: string): Promise<string> {
  const oneResponsePerLine = 'curl() { command curl -w "\\n" "$@"; }\n';
  const { stdout } = await promisify(execFile)("bash", ["-e", "-o", "pipefail", "-c", oneResponsePerLine + script], {
    cwd: folder,
    timeout: 50_000,
  });
  return stdout;
}

describe("commands in the documentation", () => {
  test("docs/api.md works unchanged", async () => {
    const output = await paste(await shellOf("docs/api.md"));
    // Its only error is the one that the page shows.
    expect(output.match(/"error"\s*:\s*\{"message"/g)).toHaveLength(1);
    expect(output).toContain("must be one of: auto, persist, ephemeral");
    expect(output).toContain('"sha256"');
    expect(output).toContain("content-length: 5");
    expect(output).toContain('"covered"');
    expect(output).toContain("event: connected");
    const made = await api.call("workspaces.list", { search: "only-once" });
    expect(made.data.items).toHaveLength(1);
  });

  test("docs/commands.md works unchanged", async () => {
    const output = await paste(await shellOf("docs/commands.md"));
    expect(output).not.toContain('"error":{"message"');
    expect(output).toContain('{"stream":"stdout","offset":0,"data":"hello\\n"}');
    expect(output).toContain('"exit":{"exitCode":3');
    expect(output).toContain('"stdout":"a b"');
    expect(output).toContain("got one");
    expect(output.match(/"stdout":"once\\n"/g)).toHaveLength(2);
  });

  test("docs/agents.md works unchanged", async () => {
    const output = await paste(await shellOf("docs/agents.md"));
    expect(output).toContain('"name":"commands_run"');
    expect(output).toContain('"name":"by-mcp"');
    expect(output).not.toContain('"isError":true');
  });

  test("docs/previews.md works unchanged", async () => {
    const output = await paste(await shellOf("docs/previews.md"));
    expect(output).not.toContain('"error":{"message"');
    expect(output).toContain('"address":"127.0.0.1","process":"node"');
    expect(output).toContain("GET /hello?a=1");
    expect(output).toContain("PUT /upload");
    expect(output).toContain("GET /\n");
    expect(output).toContain("This link has expired or was revoked");
  });

  test("the quick start of README.md works unchanged", async () => {
    const output = await paste(await shellOf("README.md", "## Five minutes with curl"));
    expect(output).not.toContain('"error":{"message"');
    expect(output).toContain("still here");
    expect(output).toContain('"covered"');
  });
});

describe("pages that are generated from the code", () => {
  test("docs/procedures.md", async () => {
    await expect(procedureReference()).toMatchFileSnapshot(join(REPOSITORY, "docs/procedures.md"));
  });

  test("docs/mcp-tools.md", async () => {
    await expect(toolReference()).toMatchFileSnapshot(join(REPOSITORY, "docs/mcp-tools.md"));
  });

  test("docs/metrics.md", async () => {
    const { registry } = openMetrics(api.api.deps, () => null);
    const own = registry.getMetricsAsArray().filter(({ name }) => name.startsWith("berth_"));
    const rows = own.map((metric) => {
      const { name, help, type, labelNames = [] } = metric as typeof metric & { labelNames?: string[] };
      return `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
    });
    const page = [
      "# Metrics",
      "",
      "Generated from the code by a test. `GET /metrics` returns these in Prometheus' text format, to this machine and to the owner, in addition to",
      "Node's own `process_*` and `nodejs_*`.",
      "",
      "| name | type | labels | meaning |",
      "|---|---|---|---|",
      ...rows,
    ];
    await expect(`${page.join("\n")}\n`).toMatchFileSnapshot(join(REPOSITORY, "docs/metrics.md"));
    const { text } = await api.request("/metrics");
    for (const { name } of own) expect(text).toContain(`# TYPE ${name} `);
  });
});
