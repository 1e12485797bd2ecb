import { Unicode11Addon } from "@xterm/addon-unicode11";
import type { IUnicodeVersionProvider, Terminal } from "@xterm/xterm";
import { expect, test } from "vitest";

function widthsOf(addon: Unicode11Addon): IUnicodeVersionProvider {
  const providers: IUnicodeVersionProvider[] = [];
  const unicode = { register: (provider: IUnicodeVersionProvider) => providers.push(provider) };
  addon.activate({ unicode } as unknown as Terminal);
  const [provider] = providers;
  if (!provider) throw new Error("The addon registered nothing.");
  return provider;
}

// The results of glibc's wcwidth in a UTF-8 locale.
test.each([
  ["an emoji", "\u{1F600}", 2],
  ["a check mark that is an emoji", "\u2705", 2],
  ["a kanji", "\u65e5", 2],
  ["a letter", "e", 1],
  ["a combining accent", "\u0301", 0],
])("%s is as wide as the C library says", (_, character, width) => {
  const { version, wcwidth } = widthsOf(new Unicode11Addon());
  expect(version).toBe("11");
  expect(wcwidth(character.codePointAt(0) ?? 0)).toBe(width);
});
