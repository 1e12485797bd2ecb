import type { Locator, Page } from "@playwright/test";

/** The command palette. */
export class Palette {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get dialog(): Locator {
    return this.#page.getByRole("dialog", { name: "Command palette" });
  }

  get field(): Locator {
    return this.dialog.getByRole("combobox");
  }

  option(name: string | RegExp): Locator {
    return this.dialog.getByRole("option", { name });
  }

  async open(): Promise<void> {
    // Keys pressed before the app has replaced its skeleton have no effect.
    await this.#page.getByTestId("nav-home").waitFor();
    await this.#page.keyboard.press("Control+k");
    await this.field.waitFor();
  }

  async pick(typed: string): Promise<void> {
    await this.open();
    await this.field.fill(typed);
    await this.#page.keyboard.press("Enter");
  }
}
