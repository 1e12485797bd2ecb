import { expect, type Locator, type Page } from "@playwright/test";

/** The panel of the open workspace, with its tabs. */
export class Panel {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get tablist(): Locator {
    return this.#page.getByRole("tablist", { name: "Workspace panel tabs" });
  }

  tab(id: string): Locator {
    return this.#page.locator(`#tab-${id}`);
  }

  body(id: string): Locator {
    return this.#page.locator(`#panel-${id}`);
  }

  /** Whatever complains. The framework's own line for screen readers, which holds the page's title, is none. */
  get #alerts(): Locator {
    return this.#page.locator('[role="alert"]:not(#__next-route-announcer__)').filter({ hasText: /\S/ });
  }

  /** What the tablist says it has, in order. */
  async listed(): Promise<string[]> {
    return ((await this.tablist.getAttribute("data-tabs")) ?? "").split(/[\s,]+/).filter(Boolean);
  }

  /** The ids of the tabs there are. */
  tabs(): Promise<string[]> {
    return this.tablist.getByRole("tab").evaluateAll((tabs) => tabs.map((tab) => tab.id.replace(/^tab-/, "")));
  }

  /** The ids of the panels there are, seen or not. */
  bodies(): Promise<string[]> {
    return this.#page
      .locator('[role="tabpanel"][id^="panel-"]')
      .evaluateAll((panels) => panels.map((panel) => panel.id.replace(/^panel-/, "")));
  }

  /** This tab is the chosen one, its panel alone is seen, and something stands in it that is not about to come. */
  async expectOpen(id: string): Promise<void> {
    await expect(this.tab(id)).toHaveAttribute("aria-selected", "true");
    await expect(this.tablist.locator('[aria-selected="true"]')).toHaveCount(1);
    await expect(this.body(id)).toBeVisible();
    await expect(this.#page.locator('[role="tabpanel"]:visible')).toHaveCount(1);
    await expect(this.body(id)).toHaveText(/\S/, { useInnerText: true });
    await expect(this.body(id)).not.toContainText(/loading|something went wrong/i);
    await expect(this.body(id).getByRole("status", { name: /^(Loading|Opening|Looking)/ })).toHaveCount(0);
    await expect(this.body(id).locator(".animate-pulse")).toHaveCount(0);
    await expect(this.#alerts).toHaveCount(0);
  }
}
