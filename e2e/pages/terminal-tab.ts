import type { Locator, Page } from "@playwright/test";

/** The Terminal tab of the open panel. */
export class TerminalTab {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get panel(): Locator {
    return this.#page.locator("#panel-terminal");
  }

  /** The rows of a terminal. They have no roles, so it is found by its number. */
  screen(number: number): Locator {
    return this.panel.locator(`[data-terminal="${number}"] .xterm-rows`);
  }

  input(number: number): Locator {
    return this.panel.getByRole("textbox", { name: `Terminal ${number}`, exact: true });
  }

  tab(number: number): Locator {
    return this.panel.getByRole("button", { name: `Terminal ${number}`, exact: true });
  }

  async run(number: number, command: string): Promise<void> {
    await this.input(number).focus();
    await this.#page.keyboard.type(command);
    await this.#page.keyboard.press("Enter");
  }

  async start(): Promise<void> {
    await this.panel.getByRole("button", { name: "New terminal" }).click();
  }

  async close(number: number): Promise<void> {
    await this.panel.getByRole("button", { name: `Close terminal ${number}` }).click();
  }
}
