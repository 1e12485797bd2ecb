// node e2e/pictures/take-pictures.ts [name…]: takes the pictures of the docs from a running Berth and writes the gallery
// page. With names it takes only those and leaves the page unchanged.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Browser, chromium, type Page } from "@playwright/test";
import { ApiProcess, ROOT } from "../fixtures/api-process.ts";
import {
  DIALOG_PICTURES,
  EMPTY_PICTURES,
  ERROR_PICTURES,
  type Picture,
  STATE_PICTURES,
  TAB_PICTURES,
  VIEW_PICTURES,
} from "./pictures.ts";
import { eraseAll, type Ids, seedPictures } from "./seed-pictures.ts";

const IMAGES = process.env.BERTH_PICTURES_DIR ?? join(ROOT, "docs/images");
/** Text stays sharp down to about 75. */
const QUALITY_PERCENT = 80;
const GROUPS: readonly { title: string; pictures: readonly Picture[] }[] = [
  { title: "Views", pictures: VIEW_PICTURES },
  { title: "Statuses and actions", pictures: STATE_PICTURES },
  { title: "Workspace tabs", pictures: TAB_PICTURES },
  { title: "Dialogs", pictures: DIALOG_PICTURES },
  { title: "Empty states and errors", pictures: [...EMPTY_PICTURES, ...ERROR_PICTURES] },
];
const requested = process.argv.slice(2);
const isRequested = ({ name }: Picture): boolean => requested.length === 0 || requested.includes(name);

const scratch = await mkdtemp(join(tmpdir(), "berth-pictures-"));
await mkdir(IMAGES, { recursive: true });
// Local machines, so that terminals and metrics are real.
const api = await ApiProcess.start({ dataDirectory: join(scratch, "data"), environment: { BERTH_BACKENDS: "local" } });
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  for (const picture of EMPTY_PICTURES.filter(isRequested)) await take(browser, picture, {});
  const client = await api.client();
  const ids = await seedPictures(client);
  try {
    const rest = GROUPS.flatMap(({ pictures }) => pictures).filter((picture) => !EMPTY_PICTURES.includes(picture));
    for (const picture of rest.filter(isRequested)) await take(browser, picture, ids);
  } finally {
    await eraseAll(client);
  }
  if (requested.length === 0 && IMAGES === join(ROOT, "docs/images")) await writeGallery();
} finally {
  await browser.close();
  await api.stop();
  await rm(scratch, { recursive: true, force: true });
}

async function take(launched: Browser, picture: Picture, ids: Ids): Promise<void> {
  const { name, theme, width = 1280, height = 800 } = picture;
  const page = await launched.newPage({
    viewport: { width, height },
    colorScheme: theme,
    extraHTTPHeaders: { authorization: `Bearer ${await api.ownerToken()}` },
  });
  try {
    await picture.fakeState?.(page, ids);
    await page.goto(api.url + picture.path(ids));
    const error = page.getByTestId("hydration-error");
    await page.getByRole("main").getByRole("heading").or(error).first().waitFor();
    await picture.before?.(page);
    // Fonts, the first layout and the first numbers settle without a visible sign.
    await setTimeout(2_500);
    await writeFile(join(IMAGES, `${name}.webp`), await screenshot(page, picture));
    process.stdout.write(`${name}.webp\n`);
  } catch (error) {
    throw new Error(`${name} could not be taken.`, { cause: error });
  } finally {
    await page.close();
  }
}

/** WebP is a quarter of the size of PNG, and `page.screenshot` cannot produce it. */
async function screenshot(page: Page, { part }: Picture): Promise<Buffer> {
  const box = await part?.(page).boundingBox();
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", {
    format: "webp",
    quality: QUALITY_PERCENT,
    ...(box ? { clip: { ...box, scale: 1 } } : {}),
  });
  return Buffer.from(data, "base64");
}

/** Generated with the pictures, so that page and files match. */
async function writeGallery(): Promise<void> {
  const sections = GROUPS.map(({ title, pictures }) => {
    const shown = pictures.map(({ name, caption }) => `**${caption}**\n\n![${caption}](images/${name}.webp)\n`);
    return `## ${title}\n\n${shown.join("\n")}`;
  });
  const head =
    "# What the canvas looks like\n\nTaken by `pnpm pictures` from a running Berth; see [canvas.md](canvas.md) for what it does.\n";
  await writeFile(join(ROOT, "docs/canvas-gallery.md"), `${head}\n${sections.join("\n")}`);
}
