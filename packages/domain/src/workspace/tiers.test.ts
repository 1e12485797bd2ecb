import { describe, expect, test } from "vitest";
import { defaultTier, resolveTier, TIER_LIMITS, TIERS } from "./tiers.ts";

const shared = { ownMachine: false };
const own = { ownMachine: true };

describe("tiers", () => {
  test("the default is 4 with an own machine and 3 otherwise", () => {
    expect(defaultTier(shared)).toBe(3);
    expect(defaultTier(own)).toBe(4);
    expect(resolveTier(undefined, shared)).toBe(3);
    expect(resolveTier(undefined, own)).toBe(4);
  });

  test.each(TIERS)("tier %d is valid on every backend", (tier) => {
    expect(resolveTier(tier, shared)).toBe(tier);
    expect(resolveTier(tier, own)).toBe(tier);
  });

  test.each([0, -1, 5, 99, 2.5, Number.NaN])("%d is out of range and becomes 3 on every backend", (asked) => {
    expect(resolveTier(asked, shared)).toBe(3);
    expect(resolveTier(asked, own)).toBe(3);
  });

  test("a higher tier never has lower limits, and only tier 1 has a read-only root", () => {
    for (const tier of TIERS) expect(TIER_LIMITS[tier].readOnlyRoot).toBe(tier === 1);
    for (const [index, tier] of TIERS.slice(1).entries()) {
      const below = TIER_LIMITS[TIERS[index] as (typeof TIERS)[number]];
      expect(TIER_LIMITS[tier].cpus).toBeGreaterThan(below.cpus);
      expect(TIER_LIMITS[tier].memoryMb).toBeGreaterThan(below.memoryMb);
      expect(TIER_LIMITS[tier].pids).toBeGreaterThanOrEqual(below.pids);
    }
  });
});
