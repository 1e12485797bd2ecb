import { gzipSync } from "node:zlib";
import { expect, test } from "../fixtures/test.ts";

/** Everything that the map needs. What else a page uses loads when it is used (decision 0008). */
const BYTES_MAX = 244_771;

test("the first load of the map transfers no more JavaScript than its budget", async ({ canvas, berth, page }) => {
  const { workspace } = await berth.client.workspaces.create.mutate({ name: "budget", compute: { backend: "memory" } });
  await expect.poll(async () => (await berth.client.workspaces.get.query({ id: workspace.id })).status).toBe("online");
  const bodies: Promise<[string, Buffer]>[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.endsWith(".js")) bodies.push(response.body().then((body) => [pathname, body]));
  });
  await page.goto(`${berth.api.url}/?view=map`);
  await expect(canvas.map.card(workspace.id)).toBeVisible();
  const scripts = await Promise.all(bodies);
  const bytes = scripts.reduce((sum, [, body]) => sum + gzipSync(body).length, 0);
  expect(scripts.length).toBeGreaterThan(3);
  expect(bytes, scripts.map(([path, body]) => `${gzipSync(body).length} ${path}`).join("\n")).toBeLessThanOrEqual(
    BYTES_MAX,
  );
});
