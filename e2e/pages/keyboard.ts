import { expect, type Locator, type Page } from "@playwright/test";
import { expectVisibleFocus } from "../fixtures/visibility.ts";

const POLLS_MAX = 15;
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

  /** Presses Tab until this element is focused. The focus must be visible at every stop. */
  tabTo(role: string, name: string | RegExp, { within = TABS_MAX } = {}): Promise<void> {
    return this.#pressUntilFocused("Tab", role, name, within);
  }

  shiftTabTo(role: string, name: string | RegExp): Promise<void> {
    return this.#pressUntilFocused("Shift+Tab", role, name);
  }

  /** Presses an arrow key inside a widget with one Tab stop: tabs, a tree, a menu. */
  arrowTo(arrow: string, role: string, name: string | RegExp): Promise<void> {
    return this.#pressUntilFocused(arrow, role, name);
  }

  async expectFocus(role: string, name: string | RegExp): Promise<void> {
    await expect.poll(() => this.#describeFocus()).toMatch(pattern(role, name));
    await expectVisibleFocus(this.#page, `${role} ${name}`);
  }

  /** Expects that an element has a visible focus, as after the focused element was removed. */
  async expectFocusKept(where: string): Promise<void> {
    // The replacement takes the focus only after it has loaded.
    await expect(() => expectVisibleFocus(this.#page, where)).toPass({ timeout: 10_000 });
  }

  async #pressUntilFocused(key: string, role: string, name: string | RegExp, pressesMax = TABS_MAX): Promise<void> {
    const expected = pattern(role, name);
    const stops: string[] = [];
    for (let count = 0; count <= pressesMax; count++) {
      const before = await this.#describeFocus();
      if (expected.test(before)) return;
      await this.press(key);
      const focused = await this.#describeFocusAfter(before);
      stops.push(focused);
      // Between the last and the first stop, the focus is on the browser's own controls, which tests cannot see.
      if (focused !== "") await expectVisibleFocus(this.#page, `${key} towards ${role} ${name}: ${focused}`);
    }
    throw new Error(`${key} never focused ${role} ${name}:\n${stops.join("\n")}`);
  }

  /** Polls, because a menu moves its focus shortly after the key press. */
  async #describeFocusAfter(before: string): Promise<string> {
    let focused = await this.#describeFocus();
    for (let polls = 0; polls < POLLS_MAX && focused === before; polls++) {
      await this.#page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      focused = await this.#describeFocus();
    }
    return focused;
  }

  /** Role and name of the focused element, as screen readers report them; "" without a focus. */
  async #describeFocus(): Promise<string> {
    if ((await this.#focused.count()) === 0) return "";
    const [first = ""] = (await this.#focused.ariaSnapshot()).split("\n");
    return first.replace(/^- '?/, "");
  }
}

const pattern = (role: string, name: string | RegExp): RegExp =>
  new RegExp(
    `^${role} "${typeof name === "string" ? `${name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")}"` : name.source}`,
  );
