// node e2e/pictures/take-pictures.ts: the pictures of the docs, taken anew from the real thing.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { BerthClient } from "@berth/client";
import { type Browser, chromium, type Page } from "@playwright/test";
import { ApiProcess, ROOT } from "../fixtures/api-process.ts";

const IMAGES = join(ROOT, "docs/images");

interface Picture {
  name: string;
  path: (ids: Record<string, string>) => string;
  theme: "light" | "dark";
  width?: number;
  height?: number;
  before?: (page: Page) => Promise<void>;
}

const PICTURES: Picture[] = [
  { name: "map-dark", theme: "dark", path: (ids) => `/?w=${ids.researcher}&tab=details` },
  { name: "map-light", theme: "light", path: () => "/" },
  { name: "files-dark", theme: "dark", path: (ids) => `/?w=${ids.researcher}&tab=files&file=/notes.md` },
  { name: "container-light", theme: "light", path: (ids) => `/?w=${ids.researcher}&tab=container-config` },
  { name: "saved-data-light", theme: "light", path: () => "/?view=saved" },
  { name: "list-dark", theme: "dark", path: () => "/?view=home" },
  { name: "settings-light", theme: "light", path: () => "/?view=settings" },
  {
    name: "palette-dark",
    theme: "dark",
    path: (ids) => `/?w=${ids.builder}`,
    before: async (page) => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("b");
    },
  },
  { name: "phone-dark", theme: "dark", path: (ids) => `/?w=${ids.researcher}&tab=details`, width: 390, height: 844 },
  {
    name: "delete-light",
    theme: "light",
    path: (ids) => `/?w=${ids.researcher}&tab=details`,
    before: async (page) => {
      await page.locator("#panel-details").getByRole("button", { name: "Delete" }).click();
      await page.getByRole("checkbox", { name: "Also erase saved data" }).check();
    },
  },
];

const FILES: Record<string, string> = {
  "notes.md":
    "# Notes\n\n- What survives a restart: everything in `/workspace`\n- What does not: `$HOME`\n\n```ts\nconst answer = 42;\n```\n",
  "papers/attention.txt": "…",
  "papers/persistence.txt": "…",
  "src/index.ts": "export const answer = 42;\n",
  "data/results.csv": "round,kept\n1,all\n50,all\n",
};

const scratch = await mkdtemp(join(tmpdir(), "berth-pictures-"));
await mkdir(IMAGES, { recursive: true });
const api = await ApiProcess.start({ dataDirectory: join(scratch, "data"), environment: { BERTH_BACKENDS: "memory" } });
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const ids = await seed(await api.client());
  for (const picture of PICTURES) await take(browser, picture, ids);
} finally {
  await browser.close();
  await api.stop();
  await rm(scratch, { recursive: true, force: true });
}

async function take(open: Browser, picture: Picture, ids: Record<string, string>): Promise<void> {
  const { name, theme, width = 1280, height = 800 } = picture;
  const page = await open.newPage({
    viewport: { width, height },
    colorScheme: theme,
    extraHTTPHeaders: { authorization: `Bearer ${await api.ownerToken()}` },
  });
  await page.goto(api.url + picture.path(ids));
  await page.getByRole("main").getByRole("heading").first().waitFor();
  await picture.before?.(page);
  // Fonts and the first layout: nothing on the page says when it has come to rest.
  await setTimeout(1500);
  await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  await page.close();
  process.stdout.write(`docs/images/${name}.png\n`);
}

/** A small team at work, one member paused, one asleep, and data of one that was deleted. */
async function seed(client: BerthClient): Promise<Record<string, string>> {
  const ids: Record<string, string> = {};
  const add = async (name: string, role: string, x: number, y: number, parent?: string) => {
    const { workspace } = await client.workspaces.create.mutate({
      name,
      role,
      position: { x, y },
      compute: { dataPersistence: "persist" },
      ...(parent ? { parentId: ids[parent] } : {}),
    });
    ids[name] = workspace.id;
  };
  await add("lead", "Plans the work and reads the results", 0, 0);
  await add("researcher", "Reads papers, keeps notes", -160, 220, "lead");
  await add("builder", "Writes and tests the code", 160, 220, "lead");
  await add("nightly-etl", "Runs at night", 520, 0);
  await add("archive", "Last year's project", 520, 220);
  await add("old-experiment", "No longer needed", 840, 110);
  await settled(client, "online", Object.values(ids));
  const workspaceId = ids.researcher ?? "";
  for (const [path, content] of Object.entries(FILES)) {
    await client.files.write.mutate({ workspaceId, root: "/workspace", path, content });
  }
  await client.workspaces.hibernate.mutate({ id: ids["nightly-etl"] ?? "" });
  await client.workspaces.pause.mutate({ id: ids.archive ?? "" });
  await client.workspaces.delete.mutate({ id: ids["old-experiment"] ?? "", confirmName: "old-experiment" });
  await settled(client, "hibernated", [ids["nightly-etl"] ?? ""]);
  await settled(client, "paused", [ids.archive ?? ""]);
  return ids;
}

async function settled(client: BerthClient, status: string, ids: string[]): Promise<void> {
  for (;;) {
    const all = await Promise.all(ids.map((id) => client.workspaces.get.query({ id })));
    if (all.every((workspace) => workspace.status === status)) return;
    await setTimeout(50);
  }
}
