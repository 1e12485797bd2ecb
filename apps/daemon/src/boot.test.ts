import { describe, expect, test } from "vitest";
import { BadBootError, parseBoot } from "./boot.ts";

const BOOT = {
  tunnelUrl: "ws+unix:/run/berth/api.sock:/tunnel",
  tunnelToken: "secret-value",
  workspaceId: "w",
  incarnationId: "i",
  generation: 3,
  roots: { "/workspace": "/data/workspace", "/agent-home": "/root" },
  configTemplate: { "a/b.json": "{}" },
  command: ["sh", "-c", "true"],
  environment: { KEY: "value" },
  stateDirectory: "/run/berth/state",
};

describe("the boot document", () => {
  test("is returned unchanged when it is valid", () => {
    expect(parseBoot(JSON.stringify(BOOT))).toEqual(BOOT);
    expect(parseBoot(JSON.stringify({ ...BOOT, command: null })).command).toBeNull();
  });

  test.each([
    ["tunnelUrl", "http://x"],
    ["tunnelToken", ""],
    ["workspaceId", 5],
    ["generation", 1.5],
    ["generation", "1"],
    ["roots", { "/etc": "/etc" }],
    ["roots", { "/workspace": "relative" }],
    ["roots", []],
    ["configTemplate", { file: 1 }],
    ["command", []],
    ["command", "sh"],
    ["environment", null],
    ["stateDirectory", "state"],
    ["stateDirectory", undefined],
  ])("is rejected with a sentence that names %s and not its value", (field, value) => {
    const text = JSON.stringify({ ...BOOT, [field]: value });
    expect(() => parseBoot(text)).toThrow(BadBootError);
    expect(() => parseBoot(text)).toThrow(new RegExp(`^BERTH_BOOT.${field} must be [^"]*\\.$`));
  });

  test.each([
    ["absent", undefined],
    ["empty", ""],
    ["no JSON", "{"],
    ["no object", "[]"],
    ["misspelt", JSON.stringify({ ...BOOT, tunelToken: "x" })],
  ])("is refused when it is %s", (_how, text) => {
    expect(() => parseBoot(text)).toThrow(BadBootError);
  });
});
