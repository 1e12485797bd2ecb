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

  tabpanel(id: string): Locator {
    return this.#page.locator(`#panel-${id}`);
  }

  /** All alerts, except the framework's announcer, which contains the page title. */
  get #alerts(): Locator {
    return this.#page.locator('[role="alert"]:not(#__next-route-announcer__)').filter({ hasText: /\S/ });
  }

  /** The tab ids in `data-tabs`, in order. */
  async declaredTabIds(): Promise<string[]> {
    return ((await this.tablist.getAttribute("data-tabs")) ?? "").split(/[\s,]+/).filter(Boolean);
  }

  /** The ids of the rendered tabs. */
  tabIds(): Promise<string[]> {
    return this.tablist.getByRole("tab").evaluateAll((tabs) => tabs.map((tab) => tab.id.replace(/^tab-/, "")));
  }

  /** The ids of the rendered tab panels, visible or not. */
  panelIds(): Promise<string[]> {
    return this.#page
      .locator('[role="tabpanel"][id^="panel-"]')
      .evaluateAll((panels) => panels.map((panel) => panel.id.replace(/^panel-/, "")));
  }

  /** Expects this tab to be selected, only its panel to be visible, and its content to have loaded. */
  async expectOpen(id: string): Promise<void> {
    await expect(this.tab(id)).toHaveAttribute("aria-selected", "true");
    await expect(this.tablist.locator('[aria-selected="true"]')).toHaveCount(1);
    await expect(this.tabpanel(id)).toBeVisible();
    await expect(this.#page.locator('[role="tabpanel"]:visible')).toHaveCount(1);
    await expect(this.tabpanel(id)).toHaveText(/\S/, { useInnerText: true });
    await expect(this.tabpanel(id)).not.toContainText(/loading|something went wrong/i);
    await expect(this.tabpanel(id).getByRole("status", { name: /^(Loading|Opening|Looking)/ })).toHaveCount(0);
    await expect(this.tabpanel(id).locator(".animate-pulse")).toHaveCount(0);
    await expect(this.#alerts).toHaveCount(0);
  }
}
