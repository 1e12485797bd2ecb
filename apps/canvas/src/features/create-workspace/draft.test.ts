import { describe, expect, test } from "vitest";
import { checkDraft, EMPTY_DRAFT } from "./draft.ts";

const here = { x: 1, y: 2 };

describe("the create form", () => {
  test("sends only what was filled in, and the server's defaults do the rest", () => {
    const { input } = checkDraft({ ...EMPTY_DRAFT, name: " demo " }, here);
    expect(input).toEqual({
      name: "demo",
      runtime: "shell",
      position: here,
      compute: { dataPersistence: "auto", homeSnapshot: false },
    });
  });

  test("sends numbers as numbers, whichever decimal sign", () => {
    const { input } = checkDraft({ ...EMPTY_DRAFT, name: "demo", cpus: "0,5", memoryMb: "512", tier: "2" }, here);
    expect(input?.compute).toMatchObject({ cpus: 0.5, memoryMb: 512 });
    expect(input?.tier).toBe(2);
  });

  test("puts each complaint beside its field", () => {
    const { input, errors } = checkDraft({ ...EMPTY_DRAFT, cpus: "many", memoryMb: "1", image: "not an image" }, here);
    expect(input).toBeNull();
    expect(Object.keys(errors).toSorted()).toEqual(["cpus", "image", "memoryMb", "name"]);
    expect(errors.name).toBe("A workspace needs a name.");
  });
});
