import { TIER_LIMITS, TIERS } from "@berth/domain";

/** `Tier 2: 1 CPU, 1 GB`, the one label of a tier everywhere. */
export function tierLabel(tier: number): string {
  const known = TIERS.find((one) => one === tier);
  if (!known) return `Tier ${tier}`;
  const { cpus, memoryMb } = TIER_LIMITS[known];
  return `Tier ${tier}: ${cpus} CPU${cpus === 1 ? "" : "s"}, ${memoryMb >= 1024 ? `${memoryMb / 1024} GB` : `${memoryMb} MB`}`;
}
