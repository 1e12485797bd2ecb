import { describe, expect, test } from "vitest";
import { INSTANCE_TYPES, instanceTypeFor } from "./instance-types.ts";
import { TIER_LIMITS, TIERS } from "./tiers.ts";

describe("machine types", () => {
  test.each([
    [1, "t3.micro"],
    [2, "t3.micro"],
    [3, "t3.small"],
    [4, "t3.xlarge"],
  ] as const)("tier %d gets a %s", (tier, instanceType) => {
    expect(instanceTypeFor(TIER_LIMITS[tier])?.instanceType).toBe(instanceType);
  });

  test("every tier gets at least its limits", () => {
    for (const tier of TIERS) {
      const { cpus, memoryMb } = TIER_LIMITS[tier];
      const type = instanceTypeFor(TIER_LIMITS[tier]);
      expect(type?.cpus).toBeGreaterThanOrEqual(cpus);
      expect(type?.memoryMb).toBeGreaterThanOrEqual(memoryMb);
    }
  });

  test("types are sorted by size, and there is none beyond the largest", () => {
    const sizes = INSTANCE_TYPES.map(({ cpus, memoryMb }) => cpus * 1_000_000 + memoryMb);
    expect(sizes).toEqual([...sizes].sort((left, right) => left - right));
    expect(instanceTypeFor({ cpus: 64, memoryMb: 1024 })).toBeNull();
    expect(instanceTypeFor({ cpus: 1, memoryMb: 1_000_000 })).toBeNull();
  });
});
