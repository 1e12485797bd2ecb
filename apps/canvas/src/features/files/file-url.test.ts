import { expect, test } from "vitest";
import { archiveUrl, fileUrl } from "./file-url.ts";

const place = { workspaceId: "w", root: "/workspace" } as const;

test("every name is encoded separately", () => {
  expect(fileUrl(place, "/a b/ü#?&%.txt")).toBe("/files/w/workspace/a%20b/%C3%BC%23%3F%26%25.txt");
});

test("the top of a root counts as a folder", () => {
  expect(archiveUrl(place, "/")).toBe("/files/w/workspace/?archive=zip");
});
