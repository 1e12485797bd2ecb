import type { Locator, Page } from "@playwright/test";
import { FilesTab } from "./files-tab.ts";
import { ListView } from "./list-view.ts";
import { MapView } from "./map-view.ts";
import { Palette } from "./palette.ts";
import { TerminalTab } from "./terminal-tab.ts";

/** The canvas by roles and names, so that everything a test finds is accessible to screen readers. */
export class CanvasPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get files(): FilesTab {
    return new FilesTab(this.page);
  }

  get terminal(): TerminalTab {
    return new TerminalTab(this.page);
  }

  get list(): ListView {
    return new ListView(this.page);
  }

  get map(): MapView {
    return new MapView(this.page);
  }

  get palette(): Palette {
    return new Palette(this.page);
  }

  node(id: string): Locator {
    return this.page.getByTestId(`workspace-node-${id}`);
  }

  async createWorkspace(fields: { name: string; backend?: string; savedData?: string }): Promise<void> {
    await this.page.getByRole("button", { name: "New workspace" }).click();
    const dialog = this.page.getByRole("dialog", { name: "New workspace" });
    await dialog.getByLabel("Name", { exact: true }).fill(fields.name);
    if (fields.backend) await dialog.getByLabel("Backend").selectOption(fields.backend);
    if (fields.savedData) await dialog.getByRole("radio", { name: fields.savedData }).check();
    await dialog.getByRole("button", { name: "Create" }).click();
  }

  async openTab(id: string): Promise<Locator> {
    await this.page.locator(`#tab-${id}`).click();
    return this.page.locator(`#panel-${id}`);
  }

  async restart(): Promise<void> {
    const details = await this.openTab("details");
    await details.getByRole("button", { name: "Restart" }).click();
  }

  async deleteWorkspace(name: string, { eraseData }: { eraseData: boolean }): Promise<void> {
    const details = await this.openTab("details");
    await details.getByRole("button", { name: "Delete" }).click();
    const dialog = this.page.getByRole("alertdialog", { name: `Delete ${name}?` });
    if (eraseData) await dialog.getByRole("checkbox", { name: "Also erase saved data" }).check();
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
    await dialog.getByRole("button", { name: eraseData ? "Delete and erase data" : "Delete" }).click();
  }
}
