import { describe, expect, test } from "vitest";
import { type Compute, computePatchSchema, computeSchema, patchCompute, settingsFingerprint } from "./compute.ts";

const compute: Compute = { dataPersistence: "persist", homeSnapshot: false, image: "debian:12", cpus: 2 };

describe("compute patch", () => {
  test("changes only the given values", () => {
    expect(patchCompute(compute, {})).toEqual(compute);
    expect(patchCompute(compute, { cpus: 4 })).toEqual({ ...compute, cpus: 4 });
    expect(patchCompute(compute, { dataPersistence: "ephemeral" })).toEqual({
      ...compute,
      dataPersistence: "ephemeral",
    });
  });

  test("resets a value to its default with null", () => {
    const { image: _, ...withoutImage } = compute;
    expect(patchCompute(compute, { image: null })).toEqual(withoutImage);
    expect(patchCompute(compute, { cpus: null, memoryMb: null })).toEqual({
      dataPersistence: "persist",
      homeSnapshot: false,
      image: "debian:12",
    });
  });

  test("does not fill in a default for an absent dataPersistence", () => {
    expect(computePatchSchema.parse({ cpus: 1 })).toEqual({ cpus: 1 });
  });

  test.each([
    { dataPersistence: null },
    { dataPersistence: "" },
    { dataPersistence: "PERSIST" },
    { homeSnapshot: null },
    { backend: null },
    { cpus: 0 },
    { memoryMb: 1.5 },
    { diskGb: -1 },
    { unknown: 1 },
  ])("rejects %j", (patch) => {
    expect(computePatchSchema.safeParse(patch).success).toBe(false);
  });
});

describe("compute settings", () => {
  test("have two defaults", () => {
    expect(computeSchema.parse({})).toEqual({ dataPersistence: "auto", homeSnapshot: false });
  });

  test.each(["debian", "debian:12", "registry.example/a/b:1.2", "registry:5000/a@sha256:abc", "a_b-c.d"])(
    "accept the image %s",
    (image) => {
      expect(computeSchema.parse({ image }).image).toBe(image);
    },
  );

  test.each(["", "-v", "--privileged", "a b", "a;b", "$(id)", "a\nb", "../x", "x".repeat(501)])(
    "reject the image %j",
    (image) => {
      expect(computeSchema.safeParse({ image }).success).toBe(false);
    },
  );
});

describe("settings fingerprint", () => {
  const settings = { runtime: "shell", model: "m", tier: 3, compute };

  test("ignores the order of keys and undefined values", () => {
    const { cpus, image, homeSnapshot, dataPersistence } = compute;
    const shuffled = { homeSnapshot, cpus, dataPersistence, image, memoryMb: undefined } as Compute;
    expect(settingsFingerprint({ compute: shuffled, tier: 3, model: "m", runtime: "shell" })).toBe(
      settingsFingerprint(settings),
    );
  });

  test("differs when any setting of the instance differs", () => {
    const others = [
      { ...settings, runtime: "codex" },
      { ...settings, model: "n" },
      { ...settings, tier: 4 },
      { ...settings, compute: { ...compute, image: "debian:13" } },
      { ...settings, compute: { ...compute, cpus: 3 } },
      { ...settings, compute: { ...compute, memoryMb: 512 } },
      { ...settings, compute: { ...compute, dataPersistence: "ephemeral" as const } },
      { ...settings, compute: { ...compute, homeSnapshot: true } },
    ];
    const fingerprints = new Set([settings, ...others].map(settingsFingerprint));
    expect(fingerprints.size).toBe(others.length + 1);
  });
});
