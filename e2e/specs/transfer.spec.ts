import { createHash, type Hash, randomFillSync } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { OutageProxy } from "../fixtures/outage-proxy.ts";
import { expect, test } from "../fixtures/test.ts";
import { CanvasPage } from "../pages/canvas-page.ts";

const MiB = 1024 * 1024;
const SIZE = 1024 * MiB;
/** Parts in flight when the connection breaks are sent again in full. */
const RESENT_BYTES_MAX = 2 * 16 * MiB;

test("a 1 GiB upload resumes after a broken connection and arrives intact", async ({ berth, page }, testInfo) => {
  test.setTimeout(300_000);
  const { client } = berth;
  const folder = await mkdtemp(join(tmpdir(), "berth-upload-"));
  const { workspace } = await client.workspaces.create.mutate({ name: "transfer", compute: { backend: "local" } });
  await using network = await OutageProxy.open(berth.api.port);
  try {
    const file = join(folder, "big.bin");
    const sentHash = await writeRandom(file, SIZE);
    await expect.poll(async () => (await client.workspaces.get.query({ id: workspace.id })).status).toBe("online");
    await berth.signIn(page);
    await page.goto(`${network.url}/?w=${workspace.id}&tab=files`);
    const { files } = new CanvasPage(page);
    await expect(files.panel.getByRole("button", { name: /^New file in/ })).toBeEnabled();

    const sentBefore = network.sentBytes;
    const startedAt = performance.now();
    const interrupted = network.resetConnectionsAfter(SIZE * 0.45);
    await files.uploadFromDisk(file);
    const uploads = files.panel.getByRole("region", { name: "Uploads" });
    await expect(uploads.getByRole("progressbar", { name: "Progress of big.bin" })).toBeVisible();
    await interrupted;
    await expect(uploads).toContainText("Uploaded 1 of 1 file", { timeout: 240_000 });
    const seconds = (performance.now() - startedAt) / 1000;
    await testInfo.attach("upload", { body: `${(SIZE / MiB / seconds).toFixed(0)} MiB/s, ${seconds.toFixed(1)} s` });
    expect(network.sentBytes - sentBefore, "bytes sent, without resending parts that arrived").toBeLessThan(
      SIZE + RESENT_BYTES_MAX,
    );
    await expect(files.entry("big.bin")).toBeVisible();

    const { volume } = await client.workspaces.get.query({ id: workspace.id });
    const [volumePath = ""] = await berth.inspector("local").volumePaths(volume?.id ?? "");
    expect(await hashOf(join(volumePath, "workspace", "big.bin"))).toBe(sentHash);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await client.files.delete.mutate({ workspaceId: workspace.id, root: "/workspace", path: "big.bin" });
  }
});

async function writeRandom(file: string, size: number): Promise<string> {
  const hash: Hash = createHash("sha256");
  const chunk = Buffer.alloc(16 * MiB);
  await using handle = await open(file, "w");
  for (let at = 0; at < size; at += chunk.length) {
    randomFillSync(chunk);
    hash.update(chunk);
    await handle.write(chunk);
  }
  return hash.digest("hex");
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: MiB }), hash);
  return hash.digest("hex");
}
