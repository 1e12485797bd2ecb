import { expect, type Locator, type Page } from "@playwright/test";
import { expectVisibleFocus } from "../fixtures/visibility.ts";

const LOOKS_MAX = 15;
const TABS_MAX = 80;

/** A user with only a keyboard: sends keys, and identifies the focused element by role and name. */
export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get #focused(): Locator {
    return this.#page.locator(":focus");
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.type(text);
  }

  /** Presses Tab until this element has the focus; the focus must be visible at every stop. */
  tabTo(role: string, name: string | RegExp, { within = TABS_MAX } = {}): Promise<void> {
    return this.#goTo("Tab", role, name, within);
  }

  backTo(role: string, name: string | RegExp): Promise<void> {
    return this.#goTo("Shift+Tab", role, name);
  }

  /** Moves with an arrow inside one Tab stop: tabs, a tree, a menu. */
  arrowTo(arrow: string, role: string, name: string | RegExp): Promise<void> {
    return this.#goTo(arrow, role, name);
  }

  async expectFocus(role: string, name: string | RegExp): Promise<void> {
    await expect.poll(() => this.#heard()).toMatch(pattern(role, name));
    await expectVisibleFocus(this.#page, `${role} ${name}`);
  }

  /** After an element disappears, something still has the focus. */
  async expectFocusKept(where: string): Promise<void> {
    // The replacement may still be loading, and takes the focus once it has loaded.
    await expect(() => expectVisibleFocus(this.#page, where)).toPass({ timeout: 10_000 });
  }

  async #goTo(key: string, role: string, name: string | RegExp, pressesMax = TABS_MAX): Promise<void> {
    const wanted = pattern(role, name);
    const stops: string[] = [];
    for (let count = 0; count <= pressesMax; count++) {
      const before = await this.#heard();
      if (wanted.test(before)) return;
      await this.press(key);
      const heard = await this.#heardAfter(before);
      stops.push(heard);
      // Between the last and the first stop, browsers have their own controls, which tests cannot see.
      if (heard !== "") await expectVisibleFocus(this.#page, `${key} on the way to ${role} ${name}: ${heard}`);
    }
    throw new Error(`${key} never came to ${role} ${name}:\n${stops.join("\n")}`);
  }

  /** A menu moves its focus shortly after the key; reading too early returns the previous stop. */
  async #heardAfter(before: string): Promise<string> {
    let heard = await this.#heard();
    for (let look = 0; look < LOOKS_MAX && heard === before; look++) {
      await this.#page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      heard = await this.#heard();
    }
    return heard;
  }

  /** Role and name of the focused element, as screen readers report them; "" without a focus. */
  async #heard(): Promise<string> {
    if ((await this.#focused.count()) === 0) return "";
    const [first = ""] = (await this.#focused.ariaSnapshot()).split("\n");
    return first.replace(/^- '?/, "");
  }
}

const pattern = (role: string, name: string | RegExp): RegExp =>
  new RegExp(
    `^${role} "${typeof name === "string" ? `${name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}"` : name.source}`,
  );
