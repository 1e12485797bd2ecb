import { describe, expect, test } from "vitest";
import { linkTargetOf } from "./link-target.ts";

const FROM = "/docs/guide/read.md";

describe("a link in a text", () => {
  test.each([
    ["next.md", "/docs/guide/next.md"],
    ["./next.md?plain=1#part", "/docs/guide/next.md"],
    ["../pictures/a%20map.png", "/docs/pictures/a map.png"],
    ["/top.md", "/top.md"],
    ["../../../../../top.md", "/top.md"],
    ["100%.md", "/docs/guide/100%.md"],
  ])("%s leads to the file %s", (href, path) => expect(linkTargetOf(href, FROM)).toEqual({ kind: "file", path }));

  test.each([
    ["https://example.org/a", "https://example.org/a", "example.org"],
    ["//example.org/a", "https://example.org/a", "example.org"],
    ["\\\\example.org/a", "https://example.org/a", "example.org"],
    ["mailto:a@example.org", "mailto:a@example.org", "a@example.org"],
  ])("%s leads outside", (href, to, host) =>
    expect(linkTargetOf(href, FROM)).toEqual({ kind: "outside", href: to, host }),
  );

  test.each([
    "javascript:alert(1)",
    "JAVASCRIPT:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "",
    "/",
    undefined,
  ])("%s leads nowhere", (href) => expect(linkTargetOf(href, FROM)).toEqual({ kind: "nowhere" }));

  test("leads to a section of the same text", () =>
    expect(linkTargetOf("#user-content-fn-1", FROM)).toEqual({ kind: "within", id: "user-content-fn-1" }));
});
