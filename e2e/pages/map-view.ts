import { expect, type Locator, type Page } from "@playwright/test";

const STILL_FRAMES = 20;

/** The map, used by pointer. */
export class MapView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get surface(): Locator {
    return this.#page.locator('[aria-label="Berth workspace canvas"]');
  }

  card(id: string): Locator {
    return this.#page.locator(`.react-flow__node[data-id="${id}"]`);
  }

  /** The frame of a lead's team. */
  frame(leadId: string): Locator {
    return this.#page.locator(`[data-team-frame="${leadId}"]`);
  }

  /** Fits all cards into view and waits until the map is still: a moving card cannot be grabbed. */
  async fit(count?: number): Promise<void> {
    // Cards added after the fit may be out of view, where they cannot be grabbed.
    if (count !== undefined) await expect(this.surface.getByText(`${count} workspaces`)).toBeVisible();
    await this.#page.getByRole("button", { name: "Fit View" }).click();
    await this.waitUntilStill();
  }

  /** An animation starts a frame or two after its trigger, so the map must be still for several frames. */
  async waitUntilStill(): Promise<void> {
    await this.#page.evaluate(
      (frames) =>
        new Promise<void>((resolve) => {
          let before: string | null = null;
          let stillFrames = 0;
          const poll = () => {
            const now = document.querySelector(".react-flow__viewport")?.getAttribute("style") ?? "";
            stillFrames = now === before ? stillFrames + 1 : 0;
            before = now;
            if (stillFrames < frames) requestAnimationFrame(poll);
            else resolve();
          };
          poll();
        }),
      STILL_FRAMES,
    );
  }

  async boxOf(element: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await element.boundingBox();
    if (!box) throw new Error("The element is not on the screen.");
    return box;
  }

  async center(id: string): Promise<{ x: number; y: number }> {
    const box = await this.boxOf(this.card(id));
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  /** Grabs a card by its centre and drags it over a position, without a drop. */
  async dragTo(id: string, to: { x: number; y: number }): Promise<void> {
    const from = await this.center(id);
    await this.#page.mouse.move(from.x, from.y);
    await this.#page.mouse.down();
    // The drag starts at the pointer's position of its first movement.
    for (const share of [0.01, 0.2, 0.6, 0.9, 1]) {
      await this.#page.mouse.move(from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share);
    }
  }

  /** Continues the drag. */
  async keepDragging(to: { x: number; y: number }): Promise<void> {
    await this.#page.mouse.move(to.x, to.y, { steps: 4 });
  }

  drop(): Promise<void> {
    return this.#page.mouse.up();
  }

  async pickMenuItem(id: string, item: string): Promise<void> {
    await this.card(id).click({ button: "right" });
    await this.#page.getByRole("menuitem", { name: item }).click();
  }
}
