import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { listEventsInput, subscribeEventsInput } from "../events/events.ts";
import * as files from "../files/inputs.ts";
import { LIMITS } from "../limits.ts";
import { listOperationsInput, operationIdInput } from "../operations.ts";
import { createTokenInput, listTokensInput, revokeTokenInput } from "../tokens.ts";
import { eraseVolumeInput, listVolumesInput, volumeIdInput } from "../volumes/inputs.ts";
import * as inputs from "./inputs.ts";

const id = "0b4c5e1e-6f6f-4b8e-9b1e-0c6a4f0f3a11";
const place = { workspaceId: id, root: "/workspace" };

/** The minimal input of each procedure. */
const LEAST: [string, z.ZodType, Record<string, unknown>][] = [
  ["workspaces.create", inputs.createWorkspaceInput, { name: "a" }],
  ["workspaces.get", inputs.workspaceIdInput, { id }],
  ["workspaces.list", inputs.listWorkspacesInput, {}],
  ["workspaces.update", inputs.updateWorkspaceInput, { id }],
  ["workspaces.configure", inputs.configureWorkspaceInput, { id }],
  ["workspaces.restart and the other verbs", inputs.verbInput, { id }],
  ["workspaces.deletePreview", inputs.deletePreviewInput, { id }],
  ["workspaces.delete", inputs.deleteWorkspaceInput, { id, confirmName: "a" }],
  ["workspaces.bootLog", inputs.bootLogInput, { id }],
  ["canvas.saveLayout", inputs.saveLayoutInput, { positions: [{ id, x: 0, y: 0 }] }],
  ["canvas.saveViewport", inputs.viewportSchema, { x: 0, y: 0, zoom: 1 }],
  ["operations.get", operationIdInput, { id }],
  ["operations.list", listOperationsInput, {}],
  ["volumes.get", volumeIdInput, { id }],
  ["volumes.list", listVolumesInput, {}],
  ["volumes.erase", eraseVolumeInput, { id, confirmName: "a" }],
  ["events.list", listEventsInput, {}],
  ["events.subscribe", subscribeEventsInput, {}],
  ["tokens.create, org", createTokenInput, { kind: "org", name: "a" }],
  ["tokens.create, workspace", createTokenInput, { kind: "workspace", name: "a", workspaceId: id }],
  ["tokens.list", listTokensInput, {}],
  ["tokens.revoke", revokeTokenInput, { id }],
  ["files.list", files.listFilesInput, place],
  ["files.stat", files.statFileInput, { ...place, path: "a" }],
  ["files.read", files.readFileInput, { ...place, path: "a" }],
  ["files.write", files.writeFileInput, { ...place, path: "a", content: "" }],
  ["files.makeDirectory", files.makeDirectoryInput, { ...place, path: "a" }],
  ["files.move", files.moveFileInput, { ...place, from: "a", to: "b" }],
  ["files.delete", files.deleteFileInput, { ...place, path: "a" }],
  ["files.search", files.searchFilesInput, place],
];

describe("every input", () => {
  test.each(LEAST)("%s accepts the minimal input and rejects an unknown or a missing field", (_, schema, least) => {
    expect(schema.safeParse(least).error).toBeUndefined();
    const surprising = schema.safeParse({ ...least, surprise: 1 });
    expect(JSON.stringify(surprising.error?.issues)).toContain("surprise");
    for (const key of Object.keys(least)) {
      const { [key]: __, ...without } = least;
      expect(schema.safeParse(without).success, `without ${key}`).toBe(false);
    }
  });
});

describe("workspaces.create", () => {
  test("fills in defaults", () => {
    expect(inputs.createWorkspaceInput.parse({ name: " a " })).toEqual({
      name: "a",
      runtime: "shell",
      compute: { dataPersistence: "auto", homeSnapshot: false },
    });
    expect(inputs.createWorkspaceInput.parse({ name: "a", compute: {} }).compute).toEqual({
      dataPersistence: "auto",
      homeSnapshot: false,
    });
  });

  test.each(["sometimes", "", null, 1, "Persist"])(
    "dataPersistence %j is rejected with the three valid values",
    (value) => {
      const parsed = inputs.createWorkspaceInput.safeParse({ name: "a", compute: { dataPersistence: value } });
      expect(parsed.error?.issues).toEqual([
        expect.objectContaining({
          path: ["compute", "dataPersistence"],
          message: "dataPersistence must be one of: auto, persist, ephemeral.",
        }),
      ]);
    },
  );

  test("an unknown dataPersistence is rejected in configure with the three valid values", () => {
    const parsed = inputs.configureWorkspaceInput.safeParse({ id, compute: { dataPersistence: "sometimes" } });
    expect(parsed.error?.issues[0]?.message).toBe("dataPersistence must be one of: auto, persist, ephemeral.");
  });

  test.each(["", "   ", "a\u0000b", "a\nb", "a\u007fb", "a\u2028b", "a\u0085b", "x".repeat(101)])(
    "the name %j is rejected",
    (name) => {
      expect(inputs.createWorkspaceInput.safeParse({ name }).success).toBe(false);
    },
  );

  test.each(["a", "x".repeat(LIMITS.workspaceNameCharsMax), "名前 ✨", "a/b", "..", "it's “quoted”"])(
    "the name %j is kept unchanged",
    (name) => {
      expect(inputs.createWorkspaceInput.parse({ name }).name).toBe(name);
    },
  );

  test("a tier out of range is accepted, because it becomes the default; a fraction is rejected", () => {
    expect(inputs.createWorkspaceInput.parse({ name: "a", tier: 99 }).tier).toBe(99);
    expect(inputs.createWorkspaceInput.safeParse({ name: "a", tier: 1.5 }).success).toBe(false);
  });

  test.each(["agent", "", "Shell"])("the runtime %j is rejected", (runtime) => {
    expect(inputs.createWorkspaceInput.safeParse({ name: "a", runtime }).success).toBe(false);
  });
});

describe("verbs and deletes", () => {
  test("erase, cascade and force are off by default", () => {
    expect(inputs.deleteWorkspaceInput.parse({ id, confirmName: "a" })).toEqual({
      id,
      confirmName: "a",
      eraseData: false,
      cascade: false,
    });
    expect(inputs.verbInput.parse({ id })).toEqual({ id, force: false });
  });

  test.each([0, -1, 1.5, "1"])("ifGeneration %j is rejected", (ifGeneration) => {
    expect(inputs.verbInput.safeParse({ id, ifGeneration }).success).toBe(false);
  });

  test.each(["", "x", "0b4c5e1e-6f6f-4b8e-9b1e", `${id}' or 1=1`])("the id %j is rejected", (bad) => {
    expect(inputs.workspaceIdInput.safeParse({ id: bad }).success).toBe(false);
  });
});

describe("pages", () => {
  test.each([0, LIMITS.listLimitMax + 1, -1, 1.5])("workspaces.list rejects limit %d", (limit) => {
    expect(inputs.listWorkspacesInput.safeParse({ limit }).success).toBe(false);
  });

  test.each([0, LIMITS.filesListLimitMax + 1])("files.list rejects limit %d", (limit) => {
    expect(files.listFilesInput.safeParse({ ...place, limit }).success).toBe(false);
  });

  test("an unknown root is rejected with the valid roots", () => {
    const parsed = files.listFilesInput.safeParse({ ...place, root: "/etc" });
    expect(parsed.error?.issues[0]?.message).toBe("Unknown root. Use one of: /workspace, /configs, /agent-home.");
  });
});
