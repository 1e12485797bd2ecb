import { describe, expect, test } from "vitest";
import { checkDraft, EMPTY_DRAFT } from "./draft.ts";

const here = { x: 1, y: 2 };

describe("the create form", () => {
  test("sends only fields that were filled in", () => {
    const { input } = checkDraft({ ...EMPTY_DRAFT, name: " demo " }, here);
    expect(input).toEqual({
      name: "demo",
      runtime: "shell",
      position: here,
      compute: { dataPersistence: "auto", homeSnapshot: false },
    });
  });

  test("accepts both decimal separators", () => {
    const { input } = checkDraft({ ...EMPTY_DRAFT, name: "demo", cpus: "0,5", memoryMb: "512", tier: "2" }, here);
    expect(input?.compute).toMatchObject({ cpus: 0.5, memoryMb: 512 });
    expect(input?.tier).toBe(2);
  });

  test("shows each error beside its field", () => {
    const { input, errors } = checkDraft({ ...EMPTY_DRAFT, cpus: "many", memoryMb: "1", image: "not an image" }, here);
    expect(input).toBeNull();
    expect(Object.keys(errors).toSorted()).toEqual(["cpus", "image", "memoryMb", "name"]);
    expect(errors.name).toBe("A workspace needs a name.");
  });
});
