import type { Volume, VolumeState } from "@berth/domain";

/** Volumes that need a decision come first, finished ones last. */
const ORDER: Record<VolumeState, number> = { erasing: 0, retained: 1, quarantined: 2, attached: 3, erased: 4 };

/** Missing data, and data whose deadline does not count, wait for a person. */
const rankOf = ({
  state,
  missingSince,
  heldBecause,
}: Pick<Volume, "state" | "missingSince" | "heldBecause">): number =>
  state !== "erased" && (missingSince !== null || heldBecause !== null) ? -1 : ORDER[state];

/** Within a state: the soonest deadline first, then the newest. */
export const orderVolumes = <
  T extends Pick<Volume, "state" | "retainedUntil" | "createdAt" | "missingSince" | "heldBecause">,
>(
  volumes: readonly T[],
): T[] =>
  volumes.toSorted(
    (one, other) =>
      rankOf(one) - rankOf(other) || endOf(one) - endOf(other) || other.createdAt.localeCompare(one.createdAt),
  );

const endOf = ({ retainedUntil }: Pick<Volume, "retainedUntil">): number =>
  retainedUntil === null ? Number.MAX_SAFE_INTEGER : Date.parse(retainedUntil);
