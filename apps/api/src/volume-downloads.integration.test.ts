import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestApi, type TestApi } from "./testing/test-api.ts";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const put = (id: string, text: string) =>
  api.request(`/files/${id}/workspace/notes.txt`, { method: "PUT", body: text });

async function ended(response: { data: { id: string } }): Promise<void> {
  expect(await api.operationEnded(response.data.id)).toMatchObject({ status: "succeeded" });
}

describe("the files of a data volume can be downloaded", () => {
  test("after its workspace is deleted, also by the workspace's id", async () => {
    const { id, name, volume } = await api.workspace({ name: "gone" });
    await put(id, "still here");
    await ended(await api.call("workspaces.delete", { id, confirmName: name }));
    for (const address of [`/volumes/${volume?.id}`, `/files/${id}`]) {
      const file = await api.request(`${address}/workspace/notes.txt`);
      expect([file.status, file.text]).toEqual([200, "still here"]);
    }
    const archive = await api.request(`/volumes/${volume?.id}/workspace?archive=zip`);
    expect(archive.headers.get("content-disposition")).toContain("workspace.zip");
    expect(archive.text.startsWith("PK")).toBe(true);

    // Browsing does not change it for a later adoption.
    const adopted = await api.call("volumes.adopt", { id: volume?.id, name: "adopter" });
    expect(await api.operationEnded(adopted.data.operation.id)).toMatchObject({ status: "succeeded" });
    const inherited = await api.request(`/files/${adopted.data.workspace.id}/workspace/notes.txt`);
    expect(inherited.text).toBe("still here");
  });

  test("after an existing workspace has left it behind", async () => {
    const { id, volume } = await api.workspace({ name: "leaver" });
    await put(id, "left behind");
    await api.call("workspaces.configure", { id, compute: { dataPersistence: "ephemeral" } });
    await ended(await api.call("workspaces.restart", { id }));
    expect((await api.request(`/files/${id}/workspace/notes.txt`)).problem?.code).toBe("not_found");
    expect((await api.request(`/volumes/${volume?.id}/workspace/notes.txt`)).text).toBe("left behind");
  });

  test("while it is quarantined", async () => {
    const { id, name, volume } = await api.workspace({ name: "forgotten" });
    await put(id, "whose is it");
    await ended(await api.call("workspaces.delete", { id, confirmName: name }));
    const forget = "update volumes set state = 'quarantined', workspace_id = null, retained_until = null where id = $1";
    await api.pool.query(forget, [volume?.id]);
    expect((await api.request(`/volumes/${volume?.id}/workspace/notes.txt`)).text).toBe("whose is it");
  });

  test("while a workspace uses it", async () => {
    const { id, volume } = await api.workspace({ name: "user" });
    await put(id, "in use");
    expect((await api.request(`/volumes/${volume?.id}/workspace/notes.txt`)).text).toBe("in use");
  });

  test("until it is erased, and never files that are not durable", async () => {
    const { id, name, volume } = await api.workspace({ name: "erased" });
    const home = await api.request(`/volumes/${volume?.id}/agent-home/x`);
    expect([home.status, home.problem?.code]).toEqual([501, "agent_home_not_durable"]);
    await ended(await api.call("workspaces.delete", { id, confirmName: name, eraseData: true }));
    expect((await api.request(`/volumes/${volume?.id}/workspace/notes.txt`)).problem?.code).toBe("data_erased");
  });

  test("only with permission, and only by its own id", async () => {
    const { id, volume } = await api.workspace({ name: "private" });
    const address = `/volumes/${volume?.id}/workspace?archive=zip`;
    expect((await api.request(address, { token: null })).status).toBe(401);
    const { data } = await api.call("tokens.create", { kind: "workspace", workspaceId: id, name: "its own" });
    expect((await api.request(address, { token: data.secret })).status).toBe(403);
    expect((await api.request(`/volumes/${id}/workspace/x`)).status).toBe(404);
    expect((await api.request("/volumes/not-an-id/workspace/x")).status).toBe(404);
  });
});
