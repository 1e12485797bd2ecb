import type { Locator, Page } from "@playwright/test";

/** The Files tab of the open panel. */
export class FilesTab {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get panel(): Locator {
    return this.#page.locator("#panel-files");
  }

  entry(name: string): Locator {
    return this.panel.getByRole("treeitem", { name });
  }

  get editor(): Locator {
    return this.panel.getByRole("textbox", { name: /, text$/ });
  }

  async upload(files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
    await this.panel.getByLabel("Files to upload").setInputFiles(files);
  }

  /** Files on disk, by path: they are not read into memory. */
  async uploadFromDisk(...paths: string[]): Promise<void> {
    await this.panel.getByLabel("Files to upload").setInputFiles(paths);
  }

  async newFile(name: string): Promise<void> {
    await this.panel.getByRole("button", { name: /^New file in/ }).click();
    const dialog = this.#page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(name);
    await dialog.getByRole("button", { name: "Create" }).click();
  }

  async open(name: string): Promise<void> {
    await this.entry(name).click();
  }

  /** Replaces the whole text and saves it. */
  async edit(text: string): Promise<void> {
    await this.editor.fill(text);
    await this.panel.getByRole("button", { name: "Save", exact: true }).click();
  }
}
