import type { Capabilities } from "../backends.ts";

export const TIERS = [1, 2, 3, 4] as const;
export type Tier = (typeof TIERS)[number];

export interface TierLimits {
  cpus: number;
  memoryMb: number;
  pids: number;
  /** The file system of the instance is read-only except /tmp, the roots and `$HOME`. */
  readOnlyRoot: boolean;
}

export const TIER_LIMITS: Record<Tier, TierLimits> = {
  1: { cpus: 0.5, memoryMb: 512, pids: 256, readOnlyRoot: true },
  2: { cpus: 1, memoryMb: 1024, pids: 512, readOnlyRoot: false },
  3: { cpus: 2, memoryMb: 2048, pids: 2048, readOnlyRoot: false },
  4: { cpus: 4, memoryMb: 4096, pids: 4096, readOnlyRoot: false },
};

const FALLBACK_TIER: Tier = 3;

/** 4 where every workspace has its own machine, otherwise 3. */
export const defaultTier = (capabilities: Pick<Capabilities, "ownMachine">): Tier =>
  capabilities.ownMachine ? 4 : FALLBACK_TIER;

/** A tier out of range becomes 3. */
export function resolveTier(asked: number | undefined, capabilities: Pick<Capabilities, "ownMachine">): Tier {
  if (asked === undefined) return defaultTier(capabilities);
  return TIERS.find((tier) => tier === asked) ?? FALLBACK_TIER;
}
