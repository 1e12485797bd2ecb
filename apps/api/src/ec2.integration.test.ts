import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEc2BenchForTests, openAwsBench } from "@berth/backends/testing";
import { createTestDatabase } from "@berth/db/testing";
import type { Operation, Workspace } from "@berth/domain";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { processEnvironment } from "./env.ts";
import { endAll, ownerOf, startProcess } from "./testing/api-process.ts";
import { freePort } from "./testing/free-port.ts";
import { openTestApi, type TestApi, until } from "./testing/test-api.ts";

const LONG = 240_000;
const bench = await findEc2BenchForTests(processEnvironment());
const checksum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe.skipIf(bench.reason !== null)("a workspace on EC2", () => {
  afterEach(endAll);

  test(
    "keeps its files through restart, pause, hibernate and a lost machine, and leaves nothing when it is erased",
    async () => {
      await using aws = await openAwsBench({ environment: processEnvironment(), nodePath: process.execPath });
      await using database = await createTestDatabase();
      const dataDirectory = await mkdtemp(join(tmpdir(), "berth-api-ec2-"));
      const port = await freePort();
      const api = startProcess({
        PORT: String(port),
        BERTH_PUBLIC_URL: `http://127.0.0.1:${port}`,
        BERTH_BACKENDS: "ec2",
        BERTH_DATA_DIR: dataDirectory,
        DATABASE_URL: database.url,
        AWS_REGION: aws.region,
        AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
        AWS_ENDPOINT_URL_EC2: aws.front.url,
        BERTH_EC2_AMI: aws.amiId,
        BERTH_EC2_SUBNET_ID: aws.subnetId,
      });
      const { call, request, origin, token } = await ownerOf(api, dataDirectory);
      const done = async ({ id }: Operation) => {
        const ended = await until(async () => {
          const { data } = await call("operations.get", { id });
          return ["succeeded", "failed", "superseded"].includes(data.status) ? data : undefined;
        }, 90);
        expect(ended).toMatchObject({ status: "succeeded", error: null });
      };
      const compute = { dataPersistence: "persist", diskGb: 1, instanceType: "m7i.large" };
      const created = await call("workspaces.create", { name: "far", compute });
      expect(created.problem).toBeUndefined();
      const { id } = created.data.workspace as Workspace;
      const told = until(async () => {
        const { data } = await call("operations.get", { id: created.data.operation.id });
        const messages = (data as Operation).steps.flatMap(({ message }) => message ?? []);
        return messages.find((message) =>
          /^(Waiting for the data|The data volume is blank|Mounted|Fetching)/.test(message),
        );
      }, 60);
      // What people see while they wait.
      expect(await told).toBeDefined();
      await done(created.data.operation);
      expect((await call("workspaces.get", { id })).data).toMatchObject({ backend: "ec2", status: "online", tier: 4 });

      const bytes = randomBytes(300_000);
      const sum = checksum(bytes);
      const file = `/files/${id}/workspace/deep/sentinel.bin`;
      expect((await request(file, { method: "PUT", body: new Uint8Array(bytes) })).data.sha256).toBe(sum);
      const found = () =>
        until(async () => {
          const answer = await fetch(`${origin}${file}`, { headers: { authorization: `Bearer ${token}` } });
          return answer.status === 200 ? checksum(Buffer.from(await answer.arrayBuffer())) : undefined;
        }, 60);

      await done((await call("workspaces.restart", { id })).data);
      expect(await found()).toBe(sum);
      await done((await call("workspaces.pause", { id })).data);
      const stopped = await call("files.list", { workspaceId: id, root: "/workspace" });
      expect(stopped.problem).toMatchObject({ code: "workspace_not_running" });
      expect(stopped.problem?.message).toMatch(/only while the machine runs/);
      await done((await call("workspaces.resume", { id })).data);
      expect(await found()).toBe(sum);
      await done((await call("workspaces.hibernate", { id })).data);
      expect(await aws.listed()).toEqual([]);
      await done((await call("workspaces.wake", { id })).data);
      expect(await found()).toBe(sum);
      expect((await call("workspaces.bootLog", { id })).data).toMatchObject({
        source: "console_output",
        text: expect.stringContaining("Berth daemon started"),
      });

      const [before] = await aws.listed();
      aws.world.terminate(before?.instanceId ?? "");
      await until(async () => {
        const { data } = await call("workspaces.get", { id });
        return data.status === "online" && data.generation > created.data.workspace.generation + 2 ? data : undefined;
      }, 90);
      expect(await found()).toBe(sum);
      const [machine, ...others] = await aws.listed();
      expect(others).toEqual([]);
      expect(machine?.workspaceId).toBe(id);

      await done((await call("workspaces.delete", { id, confirmName: "far", eraseData: true })).data);
      expect(await aws.listed()).toEqual([]);
      const { volume } = (await call("workspaces.get", { id })).data;
      const receipt = (await call("volumes.receipt", { id: volume.id })).data;
      expect(receipt.verification).toMatch(/DescribeTags/);
      const evts = api.said.errors.split("\n").filter((line) => /provision\.ec2_(started|stopped)/.test(line));
      expect(evts.length).toBeGreaterThanOrEqual(6);
      await api.kill("SIGTERM");
      await rm(dataDirectory, { recursive: true, force: true });
    },
    LONG,
  );
});

describe("the machines' door", () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await openTestApi();
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const tokenOf = (incarnationId: string): string =>
    createHmac("sha256", api.api.deps.installation.tunnelSecret).update(`tunnel:${incarnationId}`).digest("base64url");

  test("gives a machine its own boot document, the daemon and a Node, for its own token", async () => {
    const workspace = await api.workspace({ name: "one" });
    const { rows } = await api.pool.query("select incarnation_id from workspaces where id = $1", [workspace.id]);
    const id: string = rows[0].incarnation_id;
    const ask = (part: string, token: string | null) => api.request(`/daemon/${id}/${part}`, { token });
    const boot = await ask("boot", tokenOf(id));
    expect(boot.status).toBe(200);
    expect(boot.data).toMatchObject({
      workspaceId: workspace.id,
      incarnationId: id,
      generation: 1,
      tunnelToken: tokenOf(id),
      tunnelUrl: expect.stringMatching(/^ws:.*\/tunnel$/),
      roots: { "/workspace": "/workspace", "/configs": "/configs", "/agent-home": "/root" },
    });
    expect(boot.headers.get("cache-control")).toBe("no-store");
    const bundle = await fetch(`${api.listening}/daemon/${id}/bundle?machine=x86_64`, {
      headers: { authorization: `Bearer ${tokenOf(id)}` },
    });
    const tar = Buffer.from(await bundle.arrayBuffer());
    expect(tar.length).toBe(Number(bundle.headers.get("content-length")));
    expect(tar.subarray(0, 10).toString()).toBe("daemon.cjs");
    const foreign = await api.request(`/daemon/${id}/node?machine=riscv64`, { token: tokenOf(id) });
    expect([foreign.status, foreign.problem?.code]).toEqual([501, "unsupported_by_backend"]);

    for (const token of [null, "", "made-up", api.api.ownerToken, tokenOf(workspace.id)]) {
      for (const part of ["boot", "bundle", "node"]) {
        const answer = await ask(part, token);
        expect([answer.status, answer.problem?.code]).toEqual([401, "unauthenticated"]);
      }
    }
    const say = (token: string | null) =>
      api.request(`/daemon/${id}/steps`, {
        method: "POST",
        token,
        body: "hello",
        headers: { "content-type": "text/plain" },
      });
    expect((await say(tokenOf(id))).status).toBe(204);
    expect((await say("made-up")).status).toBe(401);
    expect((await ask("everything", tokenOf(id))).status).toBe(404);

    const deleted = await api.call("workspaces.delete", { id: workspace.id, confirmName: "one" });
    await api.operationEnded(deleted.data.id);
    expect((await ask("boot", tokenOf(id))).status).toBe(401);
  });
});
