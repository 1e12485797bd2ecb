import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { createServer, request as sendRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findEc2HarnessForTests, openAwsHarness } from "@berth/backends/testing";
import type { BackendKind, Workspace } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { freePort } from "../fixtures/api-process.ts";
import { BACKENDS_UNDER_TEST } from "../persistence/backends-under-test.ts";
import { type OwnTenant, openOwnTenant } from "./own-tenant.ts";

// Runs the suite as a pipeline does, against a local tenant of each backend, and checks its report when data is lost.

const SUITE = fileURLToPath(new URL("./data-persistence.ts", import.meta.url));
const SUITE_TIMEOUT_MS = 240_000;
const ec2 = await findEc2HarnessForTests(process.env);

const SUBJECTS: { backend: BackendKind; skipped: string | null; open(): Promise<OwnTenant> }[] = [
  { backend: "memory", skipped: null, open: () => openOwnTenant({ BERTH_BACKENDS: "memory" }) },
  ...BACKENDS_UNDER_TEST.map(({ backend, options, skipped }) => ({
    backend,
    skipped,
    open: () =>
      openOwnTenant({
        BERTH_BACKENDS: backend,
        ...(options.image === undefined ? {} : { BERTH_DOCKER_IMAGE: options.image }),
      }),
  })),
  { backend: "ec2", skipped: ec2.reason, open: openEc2Tenant },
];

describe.each(SUBJECTS)("the data persistence suite on a $backend tenant", ({ backend, skipped, open }) => {
  test.skipIf(skipped !== null)(
    `passes and leaves nothing behind${skipped === null ? "" : ` (skipped: ${skipped})`}`,
    { timeout: SUITE_TIMEOUT_MS },
    async () => {
      await using tenant = await open();
      const { code, output } = await runSuite(settingsOf(tenant), async (line) => {
        if (line.endsWith("online, generation 1")) await tenant.recordMachines();
      });
      expect(output).toContain("PASSED");
      expect(code).toBe(0);
      expect(output).toContain("/agent-home returns 501 agent_home_not_durable");
      for (const after of ["restart", "hibernate and wake"]) {
        expect(output).toContain(`both sentinels are equal, after ${after} on ${backend}`);
      }
      expect(output).toMatch(/erased volume .*, verified 20/);
      expect(await remainingWorkspaces(tenant)).toEqual([]);
    },
  );
});

describe("lost data", () => {
  test.each([
    [
      "other bytes",
      (body: Buffer) => ({ status: 200, body: Buffer.from(body.map((byte, at) => (at === 77 ? ~byte : byte))) }),
    ],
    ["fewer bytes", (body: Buffer) => ({ status: 200, body: body.subarray(0, -1) })],
    ["no file", () => ({ status: 404, body: Buffer.from(JSON.stringify(NOT_FOUND)) })],
  ])(
    "is reported as a regression when the second read returns %s, and the test workspace is erased",
    async (_, damage) => {
      await using tenant = await openOwnTenant({ BERTH_BACKENDS: "memory" });
      await using proxy = await openDamagingProxy(tenant.process.port, damage);
      const { code, output } = await runSuite({ ...settingsOf(tenant), TENANT_HOST: proxy.url });
      expect(output).toMatch(
        /FAILED\. DATA-VOLUME REGRESSION: \/workspace\/data-persistence\/sentinel\.bin .*after restart/,
      );
      expect(code).toBe(1);
      expect(output).toMatch(/erased volume .*, verified 20/);
      expect(await remainingWorkspaces(tenant)).toEqual([]);
    },
  );

  test("is reported as a regression when the volume's files are deleted from disk", async () => {
    await using tenant = await openOwnTenant({ BERTH_BACKENDS: "local" });
    const volumes = join(tenant.process.dataDirectory, "volumes");
    const { code, output } = await runSuite(settingsOf(tenant), async (line) => {
      if (!line.endsWith("restart…")) return;
      const ids = (await readdir(volumes)).filter((name) => !name.startsWith("."));
      for (const volume of ids) {
        await rm(join(volumes, volume, "workspace", "data-persistence"), { recursive: true });
      }
    });
    expect(output).toMatch(/FAILED\. DATA-VOLUME REGRESSION: .*sentinel\.bin is gone, after restart on local/);
    expect(code).toBe(1);
    expect(await remainingWorkspaces(tenant)).toEqual([]);
  });
});

describe("the data persistence suite", () => {
  test("removes its workspace and fails when it is interrupted", async () => {
    await using tenant = await openOwnTenant({ BERTH_BACKENDS: "memory" });
    const { code, output } = await runSuite(settingsOf(tenant), async (line, interrupt) => {
      if (line.includes("wrote a sentinel")) interrupt();
    });
    expect(output).not.toContain("PASSED");
    expect(output).toMatch(/erased volume .*, verified 20/);
    expect(code).toBe(130);
    expect(await remainingWorkspaces(tenant)).toEqual([]);
  });

  test("lists missing variables, and fails when the settings are wrong", async () => {
    await using tenant = await openOwnTenant({ BERTH_BACKENDS: "memory" });
    const settings = settingsOf(tenant);
    const unreachableHost = `127.0.0.1:${await freePort()}`;
    for (const environment of [{}, { STAGING_E2E: "1" }]) {
      const skipped = await runSuite(environment);
      expect(skipped.output).toContain("SKIPPED.");
      expect(skipped.output).toContain("Missing: TENANT_HOST, TENANT_ADMIN_TOKEN, BERTH_ORG_ID or MOLECULE_ORG_ID.");
      expect(skipped.code).toBe(0);
    }
    const incomplete = await runSuite({ ...settings, TENANT_ADMIN_TOKEN: "" });
    expect(incomplete).toMatchObject({ code: 1, output: expect.stringContaining("Missing: TENANT_ADMIN_TOKEN.") });
    const wrong: [Record<string, string>, RegExp][] = [
      [{ TENANT_HOST: unreachableHost }, /FAILED\. fetch failed \(.*ECONNREFUSED/],
      [{ TENANT_ADMIN_TOKEN: "y".repeat(32) }, /FAILED\. .* returned 401/],
      [{ BERTH_ORG_ID: "another" }, /FAILED\. .* returned 404/],
      [{ STAGING_E2E_BACKEND: "mainframe" }, /FAILED\. STAGING_E2E_BACKEND must be one of/],
      [{ STAGING_E2E_BACKEND: "docker" }, /FAILED\. /],
    ];
    for (const [changes, expected] of wrong) {
      const { code, output } = await runSuite({ STAGING_E2E_STEP_SECONDS_MAX: "1", ...settings, ...changes });
      expect(output).toMatch(expected);
      expect(code).toBe(1);
    }
    const { BERTH_ORG_ID: orgId = "", ...others } = settings;
    expect(await runSuite({ ...others, MOLECULE_ORG_ID: orgId })).toMatchObject({ code: 0 });
  }, 120_000);
});

const NOT_FOUND = {
  error: { data: { problem: { code: "not_found", message: "There is no such file.", retryable: false } } },
};

async function openEc2Tenant(): Promise<OwnTenant> {
  const aws = await openAwsHarness({ environment: process.env, nodePath: process.execPath });
  const tenant = await openOwnTenant({
    BERTH_BACKENDS: "ec2",
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_EC2: aws.front.url,
    BERTH_EC2_AMI: aws.amiId,
    BERTH_EC2_SUBNET_ID: aws.subnetId,
  });
  return {
    ...tenant,
    async [Symbol.asyncDispose]() {
      await tenant[Symbol.asyncDispose]();
      await aws[Symbol.asyncDispose]();
    },
  };
}

const settingsOf = ({ api: { tenant } }: OwnTenant): Record<string, string> => ({
  STAGING_E2E: "1",
  TENANT_HOST: tenant.url,
  TENANT_ADMIN_TOKEN: tenant.token,
  BERTH_ORG_ID: tenant.orgId ?? "",
});

const remainingWorkspaces = async ({ api }: OwnTenant): Promise<Workspace[]> =>
  (await api.query<{ items: Workspace[] }>("workspaces.list", {})).items;

/** `node e2e/staging/data-persistence.ts` with only these settings. */
async function runSuite(
  settings: Record<string, string>,
  onLine: (line: string, interrupt: () => void) => Promise<void> = async () => {},
): Promise<{ code: number | null; output: string }> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [SUITE], {
    env: { PATH, HOME, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const handled: Promise<void>[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    output += `${line}\n`;
    handled.push(onLine(line, () => child.kill("SIGINT")));
  });
  const [code] = (await once(child, "close")) as [number | null];
  await Promise.all(handled);
  return { code, output };
}

type Damage = (body: Buffer) => { status: number; body: Buffer };

/** A proxy in front of a tenant that forwards everything except the second read of the file in /workspace. */
async function openDamagingProxy(port: number, damage: Damage): Promise<AsyncDisposable & { url: string }> {
  let reads = 0;
  const server = createServer((incoming, outgoing) => {
    const isRead = incoming.method === "GET" && incoming.url?.includes("/workspace/data-persistence/") === true;
    if (isRead) reads += 1;
    const isDamaged = isRead && reads > 1;
    const { method, url: path, headers } = incoming;
    const upstream = sendRequest({ port, method, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const original = Buffer.concat(parts);
        const { status, body } = isDamaged ? damage(original) : { status: response.statusCode ?? 0, body: original };
        outgoing.writeHead(status, { "content-type": response.headers["content-type"] ?? "text/plain" }).end(body);
      });
    });
    upstream.on("error", () => outgoing.destroy());
    incoming.pipe(upstream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
