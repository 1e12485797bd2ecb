import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEc2HarnessForTests, openAwsHarness } from "@berth/backends/testing";
import { createTestDatabase } from "@berth/db/testing";
import type { Operation, Workspace } from "@berth/domain";
import { afterEach, describe, expect, test } from "vitest";
import { processEnvironment } from "./env.ts";
import { endAll, ownerOf, startProcess } from "./testing/api-process.ts";
import { freePort } from "./testing/free-port.ts";
import { until } from "./testing/test-api.ts";

const LONG = 240_000;
const harness = await findEc2HarnessForTests(processEnvironment());
const checksum = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe.skipIf(harness.reason !== null)("a workspace on EC2", () => {
  afterEach(endAll);

  test(
    "keeps its files through restart, pause, hibernate and a lost machine, and leaves nothing when it is erased",
    async () => {
      await using aws = await openAwsHarness({ environment: processEnvironment(), nodePath: process.execPath });
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
      const reported = until(async () => {
        const { data } = await call("operations.get", { id: created.data.operation.id });
        const messages = (data as Operation).steps.flatMap(({ message }) => message ?? []);
        return messages.find((message) =>
          /^(Waiting for the data|The data volume is blank|Mounted|Fetching)/.test(message),
        );
      }, 60);
      // What users see while they wait.
      expect(await reported).toBeDefined();
      await done(created.data.operation);
      expect((await call("workspaces.get", { id })).data).toMatchObject({ backend: "ec2", status: "online", tier: 4 });

      const bytes = randomBytes(300_000);
      const sum = checksum(bytes);
      const file = `/files/${id}/workspace/deep/sentinel.bin`;
      expect((await request(file, { method: "PUT", body: new Uint8Array(bytes) })).data.sha256).toBe(sum);
      const found = () =>
        until(async () => {
          const response = await fetch(`${origin}${file}`, { headers: { authorization: `Bearer ${token}` } });
          return response.status === 200 ? checksum(Buffer.from(await response.arrayBuffer())) : undefined;
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
      aws.simulator.terminate(before?.instanceId ?? "");
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
      const evts = api.printed.errors.split("\n").filter((line) => /provision\.ec2_(started|stopped)/.test(line));
      expect(evts.length).toBeGreaterThanOrEqual(6);
      await api.kill("SIGTERM");
      await rm(dataDirectory, { recursive: true, force: true });
    },
    LONG,
  );
});
