import { DEFAULT_DISK_GB, INSTANCE_TYPES, type InstanceType, instanceTypeFor, TIER_LIMITS, TIERS } from "@berth/domain";

export const OTHER_TYPE = "other";

/** `t3.small: 2 CPUs, 2 GiB, about $0.021 an hour`. */
export const machineTypeText = ({ instanceType, cpus, memoryMb, usdPerHour }: InstanceType): string =>
  `${instanceType}: ${cpus} CPUs, ${memoryMb / 1024} GiB, about $${usdPerHour.toPrecision(2)} an hour`;

/** The instance type without an explicit choice: the operator's default, if there is one. */
export function typeOfSize(tier: number): string {
  const known = TIERS.find((one) => one === tier);
  const type = known && instanceTypeFor(TIER_LIMITS[known]);
  return type ? `By size: ${machineTypeText(type)}` : "By size";
}

/** The available types, including a type that was typed by hand. */
export function typeOptions(tier: number, current: string): { value: string; label: string }[] {
  const isListed = current === "" || INSTANCE_TYPES.some(({ instanceType }) => instanceType === current);
  return [
    { value: "", label: typeOfSize(tier) },
    ...INSTANCE_TYPES.map((type) => ({ value: type.instanceType, label: machineTypeText(type) })),
    ...(isListed ? [] : [{ value: current, label: current }]),
    { value: OTHER_TYPE, label: "Another type…" },
  ];
}

/** What a disk size applies to. EBS volumes keep their original size. */
export type DiskSituation = "volume" | "machine" | "made";

export const DISK_HINTS: Record<DiskSituation, string> = {
  volume: `Of the data volume, fixed once it is made. Without one: ${DEFAULT_DISK_GB} GiB. About $0.08 a GiB and month.`,
  machine: "Of the machine’s own disk, from the next restart on. It goes with the machine.",
  made: "Its data volume keeps the size it was made with.",
};
