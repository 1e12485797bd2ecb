import { describe, expect, test } from "vitest";
import { LIST_DEFAULTS } from "./list-state.ts";
import { SAVED_DEFAULTS } from "./saved-state.ts";
import { formatUrlState, openWorkspace, parseUrlState, type UrlState } from "./url-state.ts";

const somewhere: UrlState = {
  view: "saved",
  workspaceId: "w-1",
  tab: "files",
  root: "/configs",
  path: "/a b/ü&=?",
  file: "/a b/ü&=?/#1.txt",
  list: LIST_DEFAULTS,
  saved: SAVED_DEFAULTS,
};

describe("the address", () => {
  test("restores the same place, including unusual names", () => {
    expect(parseUrlState(formatUrlState(somewhere))).toEqual(somewhere);
  });

  test("is empty by default", () => {
    expect(formatUrlState(parseUrlState(""))).toBe("");
  });

  test("omits tab and file when no workspace is open", () => {
    expect(formatUrlState({ ...somewhere, workspaceId: null })).toBe("?view=saved");
  });

  test("keeps the filters of saved data, and separates the filters of views", () => {
    const filtered: UrlState = { ...somewhere, saved: { search: "etl", states: ["retained", "erased"] } };
    expect(parseUrlState(formatUrlState(filtered))).toEqual(filtered);
    expect(parseUrlState("?view=saved&q=etl&state=moon").list).toEqual(LIST_DEFAULTS);
    expect(parseUrlState("?view=home&q=etl").saved).toEqual(SAVED_DEFAULTS);
  });

  test("keeps the list's filters and order while the list is open", () => {
    const filtered: UrlState = {
      ...somewhere,
      view: "home",
      list: { search: "a b&c", statuses: ["offline", "failed"], backend: "docker", sort: "size", isDescending: true },
    };
    expect(parseUrlState(formatUrlState(filtered))).toEqual(filtered);
    expect(formatUrlState({ ...filtered, workspaceId: null, view: "map" })).toBe("");
    expect(parseUrlState("?view=home&status=moon,failed&sort=-colour&backend=x").list).toEqual({
      ...LIST_DEFAULTS,
      statuses: ["failed"],
    });
  });

  test("replaces unknown values by defaults", () => {
    expect(parseUrlState("?view=moon&tab=dance&root=/etc&w=x")).toEqual({ ...parseUrlState(""), workspaceId: "x" });
  });

  test("starts at the top of another workspace, in the same tab", () => {
    const next = openWorkspace(somewhere, "w-2");
    expect(next).toMatchObject({ workspaceId: "w-2", tab: "files", path: "/", file: null, root: "/workspace" });
    expect(openWorkspace(somewhere, "w-1")).toBe(somewhere);
  });
});
