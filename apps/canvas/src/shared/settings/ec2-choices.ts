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
  volume: `Size of the data volume. It cannot change later. Default: ${DEFAULT_DISK_GB} GiB. About $0.08 per GiB and month.`,
  machine: "Size of the machine’s disk from the next restart. The disk is deleted with the machine.",
  made: "The size of an existing data volume cannot change.",
};
