import type { Locator, Page } from "@playwright/test";

/** The list of all workspaces, with its filters and the selection bar. */
export class ListView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get table(): Locator {
    return this.#page.getByRole("table", { name: "Workspaces" });
  }

  get names(): Locator {
    return this.table.locator("tbody").getByRole("link");
  }

  get search(): Locator {
    return this.#page.getByRole("searchbox", { name: "Find by name or role" });
  }

  /** The bar with the actions on the selected workspaces. */
  get selectionBar(): Locator {
    return this.#page.getByRole("region", { name: "Selected workspaces" });
  }

  row(name: string): Locator {
    return this.table.getByRole("row").filter({ has: this.#page.getByRole("link", { name, exact: true }) });
  }

  async sortBy(column: string): Promise<void> {
    await this.table.getByRole("columnheader").getByRole("button", { name: column }).click();
  }

  /** The checkbox that selects a row. */
  checkbox(name: string): Locator {
    return this.table.getByRole("checkbox", { name: `Select ${name}`, exact: true });
  }

  async select(...names: string[]): Promise<void> {
    for (const name of names) await this.checkbox(name).check();
  }
}
