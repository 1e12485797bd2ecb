import { Sentinels } from "@berth/backends/testing";
import { LIMITS } from "@berth/domain";
import { describe, expect, test } from "vitest";
import { listFiles, readFile, writeFile } from "../files/files.ts";
import { newWorkspace, openHarness, openScenario, problem, still, testSignal } from "../testing/index.ts";
import { createWorkspace } from "../workspaces/create.ts";
import { requestDelete } from "../workspaces/delete.ts";
import { listWorkspaces } from "../workspaces/read.ts";
import { configureWorkspace, updateWorkspace } from "../workspaces/update.ts";
import { requestVerb } from "../workspaces/verbs.ts";

describe("a workspace", () => {
  test("comes online with one instance after its create, and reports the steps", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { workspace, operation } = await createWorkspace(deps, actor, newWorkspace({ name: "first" }));
    expect(workspace).toMatchObject({ name: "first", status: "provisioning", desired: "running", generation: 1 });
    const done = await harness.succeeded(operation);
    expect(done.steps.map(({ name, status }) => [name, status])).toEqual([
      ["Prepare the data volume", "succeeded"],
      ["Start the machine", "succeeded"],
      ["Wait for the daemon", "succeeded"],
    ]);
    const now = await harness.current(workspace);
    expect(now).toMatchObject({ status: "online", statusReason: null, dataState: "intact", restartRequired: false });
    expect(now.volume?.state).toBe("attached");
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
  });

  test("keeps every byte of its data across ten restarts, but not its home", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const files = await harness.filesOf(workspace);
    const planted = [await Sentinels.plant(files, "/workspace"), await Sentinels.plant(files, "/configs")];
    for (let restart = 1; restart <= 10; restart += 1) {
      await (await harness.filesOf(workspace)).write("/agent-home", "/home.txt", Buffer.from("x"));
      const restarted = await harness.after("restart", workspace);
      expect(restarted).toMatchObject({ status: "online", generation: workspace.generation + restart });
      const now = await harness.filesOf(workspace);
      for (const sentinels of planted) expect(await sentinels.found(now)).toEqual(sentinels.planted);
      expect(await now.names("/agent-home")).not.toContain("home.txt");
      expect(await harness.machinesOf(workspace)).toHaveLength(1);
    }
  });

  test.each(["persist", "ephemeral"] as const)(
    "%s: keeps data, home and instance across three cycles of pause and resume",
    async (dataPersistence) => {
      await using harness = await openHarness();
      const workspace = await harness.online({ compute: { dataPersistence } });
      const incarnation = await harness.incarnationOf(workspace);
      const files = await harness.filesOf(workspace);
      const planted = [];
      for (const root of ["/workspace", "/configs", "/agent-home"] as const) {
        planted.push(await Sentinels.plant(files, root));
      }
      for (let cycle = 0; cycle < 3; cycle += 1) {
        expect(await harness.after("pause", workspace)).toMatchObject({ status: "paused", desired: "paused" });
        expect(await harness.machinesOf(workspace)).toMatchObject([{ incarnationId: incarnation, state: "stopped" }]);
        expect(await harness.after("resume", workspace)).toMatchObject({ status: "online", desired: "running" });
        expect(await harness.incarnationOf(workspace)).toBe(incarnation);
        const now = await harness.filesOf(workspace);
        for (const sentinels of planted) expect(await sentinels.found(now)).toEqual(sentinels.planted);
      }
    },
  );

  test("has no instance while hibernated, keeps its data and loses its home, across three cycles", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const sentinels = await Sentinels.plant(await harness.filesOf(workspace), "/workspace");
    for (let cycle = 0; cycle < 3; cycle += 1) {
      await (await harness.filesOf(workspace)).write("/agent-home", "/home.txt", Buffer.from("x"));
      expect(await harness.after("hibernate", workspace)).toMatchObject({ status: "hibernated", dataState: "intact" });
      expect(await harness.machinesOf(workspace)).toEqual([]);
      expect(await harness.after("wake", workspace)).toMatchObject({ status: "online" });
      const now = await harness.filesOf(workspace);
      expect(await sentinels.found(now)).toEqual(sentinels.planted);
      expect(await now.names("/agent-home")).not.toContain("home.txt");
    }
  });

  test("that is ephemeral hibernates only with force, and wakes empty", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    await (await harness.filesOf(workspace)).write("/workspace", "/a.txt", Buffer.from("a"));
    await expect(harness.request("hibernate", workspace)).rejects.toEqual(problem({ code: "force_required" }));
    expect(await (await harness.filesOf(workspace)).names("/workspace")).toEqual(["a.txt"]);
    await harness.after("hibernate", workspace, true);
    await harness.after("wake", workspace);
    expect(await (await harness.filesOf(workspace)).names("/workspace")).toEqual([]);
  });

  test("with active tasks hibernates only with force", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.sql("update workspaces set active_tasks = 2 where id = $1", [workspace.id]);
    await expect(harness.request("hibernate", workspace)).rejects.toEqual(problem({ code: "force_required" }));
    expect(await harness.after("hibernate", workspace, true)).toMatchObject({ status: "hibernated" });
  });
});

describe("a file request to a workspace that is not running", () => {
  const place = ({ id }: { id: string }) => ({ workspaceId: id, root: "/workspace" as const, path: "/a.txt" });
  const read = { offset: 0, encoding: "utf8" as const };

  test("wakes a hibernated workspace once for concurrent requests", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    await (await harness.filesOf(workspace)).write("/workspace", "/a.txt", Buffer.from("kept"));
    await harness.after("hibernate", workspace);
    const asked = [1, 2, 3].map(() => readFile(deps, actor, { ...place(workspace), ...read }, testSignal()));
    for (const { content } of await Promise.all(asked)) expect(content).toBe("kept");
    expect(await harness.machinesOf(workspace)).toHaveLength(1);
  });

  test("uses a browse instance while the workspace is paused, which ends before the resume", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    await (await harness.filesOf(workspace)).write("/workspace", "/a.txt", Buffer.from("before"));
    await harness.after("pause", workspace);
    const write = { ...place(workspace), content: "from browsing", encoding: "utf8" as const, createParents: true };
    await writeFile(deps, actor, write, testSignal());
    expect(await harness.current(workspace)).toMatchObject({ status: "paused" });
    const browsing = (await harness.backend.instances.list()).filter(({ purpose }) => purpose === "browse");
    expect(browsing).toHaveLength(1);
    await harness.after("resume", workspace);
    const left = (await harness.backend.instances.list()).filter(({ purpose }) => purpose === "browse");
    expect(left).toEqual([]);
    expect((await readFile(deps, actor, { ...place(workspace), ...read }, testSignal())).content).toBe("from browsing");
  });

  test("is rejected for a paused workspace without a data volume", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online({ compute: { dataPersistence: "ephemeral" } });
    await harness.after("pause", workspace);
    const list = { workspaceId: workspace.id, root: "/workspace" as const, path: "/" };
    const asked = listFiles(deps, actor, { ...list, limit: 10, sort: "name", order: "asc" }, testSignal());
    await expect(asked).rejects.toEqual(problem({ code: "workspace_not_running", retryable: false }));
  });

  test("is rejected for $HOME, which is not durable", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    const asked = readFile(deps, actor, { ...place(workspace), root: "/agent-home", ...read }, testSignal());
    await expect(asked).rejects.toEqual(problem({ code: "agent_home_not_durable" }));
  });
});

describe("a request", () => {
  test("joins an identical open operation, and any other request gets the id of the open one", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    harness.backend.faults.hangProvision();
    const restart = await harness.request("restart", workspace);
    expect((await harness.request("restart", workspace)).id).toBe(restart.id);
    // A retry still names the generation of its first attempt, but joins the operation anyway.
    const again = { id: workspace.id, ifGeneration: workspace.generation, force: false };
    expect((await requestVerb(harness.deps, harness.actor, "restart", again)).id).toBe(restart.id);
    for (const verb of ["pause", "hibernate", "resume", "wake"] as const) {
      await expect(harness.request(verb, workspace)).rejects.toEqual(
        problem({ code: "operation_in_progress", operationId: restart.id, retryable: true }),
      );
    }
  });

  test("sent ten times at once creates one operation", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    harness.backend.faults.delayProvision(500);
    const asked = await Promise.all(Array.from({ length: 10 }, () => harness.request("restart", workspace)));
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    await harness.succeeded(asked[0]!);
    expect((await harness.current(workspace)).generation).toBe(workspace.generation + 1);
  });

  test("is rejected for an older generation and accepted for the current one", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { id, generation } = await harness.online();
    await harness.after("restart", { id });
    const stale = requestVerb(deps, actor, "restart", { id, ifGeneration: generation, force: false });
    await expect(stale).rejects.toEqual(problem({ code: "generation_mismatch", retryable: false }));
    await harness.succeeded(
      await requestVerb(deps, actor, "restart", { id, ifGeneration: generation + 1, force: false }),
    );
  });

  test("that the status does not allow names the allowed verbs", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    await harness.after("pause", workspace);
    await expect(harness.request("restart", workspace)).rejects.toEqual(
      problem({
        code: "illegal_transition",
        details: { status: "paused", verb: "restart", allowed: ["resume", "delete"] },
      }),
    );
  });

  test("from another org finds no workspace", async () => {
    await using harness = await openHarness();
    const workspace = await harness.online();
    const otherOrg = { ...harness.actor, kind: "org" as const, orgId: "00000000-0000-4000-8000-000000000000" };
    const theirs = openScenario({ ...harness, actor: otherOrg });
    await expect(theirs.request("restart", workspace)).rejects.toEqual(problem({ code: "not_found" }));
    await expect(theirs.current(workspace)).rejects.toEqual(problem({ code: "not_found" }));
    const page = { limit: 10, includeDeleted: true };
    expect((await listWorkspaces(harness.deps, otherOrg, page)).items).toEqual([]);
  });
});

describe("settings", () => {
  test("of an instance require a restart, which applies them; name and role do not", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const { id } = await harness.online();
    expect((await updateWorkspace(deps, actor, { id, name: "renamed", role: "tester" })).restartRequired).toBe(false);
    expect(await configureWorkspace(deps, actor, { id, compute: { cpus: 2 } })).toMatchObject({
      restartRequired: true,
    });
    expect(await configureWorkspace(deps, actor, { id, compute: { cpus: null } })).toMatchObject({
      restartRequired: false,
    });
    await configureWorkspace(deps, actor, { id, tier: 2 });
    // A pause keeps the instance and its settings.
    await harness.after("pause", { id });
    expect((await harness.after("resume", { id })).restartRequired).toBe(true);
    expect((await harness.after("restart", { id })).restartRequired).toBe(false);
  });

  test("that the backend does not support are rejected, and nothing is stored", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const workspace = await harness.online();
    const { id } = workspace;
    for (const compute of [
      { image: "debian:12" },
      { homeSnapshot: true },
      { diskGb: 5 },
      { instanceType: "t3.small" },
    ]) {
      const refused = problem({ code: "unsupported_by_backend" });
      await expect(configureWorkspace(deps, actor, { id, compute })).rejects.toEqual(refused);
      await expect(createWorkspace(deps, actor, newWorkspace({ compute }))).rejects.toEqual(refused);
    }
    expect(still(await harness.current(workspace))).toEqual(still(workspace));
    expect((await listWorkspaces(deps, actor, { limit: 10, includeDeleted: true })).items).toHaveLength(1);
  });
});

describe("a team", () => {
  test("pauses with its parent, and no member resumes or is added below a paused parent", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const parent = await harness.online();
    const child = await harness.online({ parentId: parent.id });
    const grandchild = await harness.online({ parentId: child.id });
    await harness.succeeded(await harness.request("pause", parent));
    for (const each of [parent, child, grandchild]) {
      await expect.poll(async () => (await harness.current(each)).status, { timeout: 10_000 }).toBe("paused");
    }
    const refused = problem({ code: "parent_paused", details: { parentId: parent.id } });
    await expect(harness.request("resume", child)).rejects.toEqual(problem({ code: "parent_paused" }));
    await expect(harness.request("resume", grandchild)).rejects.toEqual(problem({ code: "parent_paused" }));
    await expect(createWorkspace(deps, actor, newWorkspace({ parentId: parent.id }))).rejects.toEqual(refused);
    await harness.after("resume", parent);
    await harness.after("resume", child);
    await harness.after("resume", grandchild);
  });

  test("has a maximum depth, and cannot be moved below itself", async () => {
    await using harness = await openHarness({ started: false });
    const { deps, actor } = harness;
    const line: string[] = [];
    for (let depth = 0; depth < LIMITS.teamDepthMax; depth += 1) {
      const { workspace } = await createWorkspace(deps, actor, newWorkspace({ parentId: line.at(-1) ?? null }));
      line.push(workspace.id);
    }
    const tooDeep = createWorkspace(deps, actor, newWorkspace({ parentId: line.at(-1) ?? null }));
    await expect(tooDeep).rejects.toEqual(problem({ code: "limit_exceeded" }));
    const [top, below] = line;
    await expect(updateWorkspace(deps, actor, { id: top!, parentId: top! })).rejects.toEqual(
      problem({ code: "invalid_input" }),
    );
    await expect(updateWorkspace(deps, actor, { id: top!, parentId: below! })).rejects.toEqual(
      problem({ code: "invalid_input" }),
    );
    // The depth of a moved team counts too.
    const { workspace: lone } = await createWorkspace(deps, actor, newWorkspace());
    const moved = updateWorkspace(deps, actor, { id: top!, parentId: lone.id });
    await expect(moved).rejects.toEqual(problem({ code: "limit_exceeded" }));
  });

  test("has unique names among siblings, and a delete request frees the name", async () => {
    await using harness = await openHarness();
    const { deps, actor } = harness;
    const first = await harness.online({ name: "same" });
    const taken = problem({ code: "name_taken" });
    await expect(createWorkspace(deps, actor, newWorkspace({ name: "same" }))).rejects.toEqual(taken);
    const other = await harness.online({ name: "other" });
    await expect(updateWorkspace(deps, actor, { id: other.id, name: "same" })).rejects.toEqual(taken);
    await harness.online({ name: "same", parentId: first.id });
    await requestDelete(deps, actor, { id: first.id, confirmName: "same", eraseData: false, cascade: true });
    await harness.online({ name: "same" });
  });
});
