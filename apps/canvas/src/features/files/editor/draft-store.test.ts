import { afterEach, expect, test } from "vitest";
import { draftKey, getDraft, setDraft } from "./draft-store.ts";

const KEY = draftKey("ada", "w1", "/workspace", "/notes.md");
const OTHER = draftKey("ada", "w1", "/workspace", "/other.md");

afterEach(() => setDraft(KEY, null));

test("a file without unsaved text has no draft", () => {
  expect(getDraft(OTHER)).toBeNull();
});

test("a draft is kept for its own file", () => {
  setDraft(KEY, { text: "new", etag: "1" });
  expect(getDraft(KEY)).toEqual({ text: "new", etag: "1" });
  expect(getDraft(OTHER)).toBeNull();
});

test("a discarded draft does not come back", () => {
  setDraft(KEY, { text: "new", etag: "1" });
  setDraft(KEY, null);
  expect(getDraft(KEY)).toBeNull();
});
