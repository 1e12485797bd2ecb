import { join } from "node:path";
import { findSmallDiskForTests, openSmallDisk } from "@berth/backends/testing";
import { ApiProcess } from "../fixtures/api-process.ts";
import { expect, test } from "../fixtures/test.ts";

const smallDisk = await findSmallDiskForTests();
/** Fits an empty cluster, its log, and the reserve. */
const DISK_MEBIBYTES = 320;

test("a banner says that the server's disk is full, until there is space", async ({ page }) => {
  test.skip(smallDisk.reason !== null, smallDisk.reason ?? "");
  await using disk = await openSmallDisk(DISK_MEBIBYTES);
  const environment = { BERTH_BACKENDS: "memory" };
  const api = await ApiProcess.start({ dataDirectory: join(disk.path, "data"), environment });
  try {
    const client = await api.client();
    const isFull = async () => !(await client.system.info.query({})).disk.ok;
    await page.clock.install();
    await page.goto(await api.signInLink());
    const banner = page.getByText("The server’s disk is full.");
    await expect(page.getByRole("heading", { name: "Map" })).toBeVisible();
    await expect(banner).toHaveCount(0);

    await disk.fill();
    await expect.poll(isFull).toBe(true);
    await page.clock.fastForward("01:01");
    await expect(banner).toBeVisible();

    await disk.drain();
    await expect.poll(isFull).toBe(false);
    await page.clock.fastForward("01:01");
    await expect(banner).toHaveCount(0);
  } finally {
    await api.stop();
  }
});
