export interface InstanceType {
  /** The EC2 name. */
  instanceType: string;
  cpus: number;
  memoryMb: number;
  /** On-demand list price in us-east-1, as a guide. Other regions differ. */
  usdPerHour: number;
}

/** The types to choose from when a workspace names no instance type, smallest first. x86-64. */
export const INSTANCE_TYPES: readonly InstanceType[] = [
  { instanceType: "t3.micro", cpus: 2, memoryMb: 1024, usdPerHour: 0.0104 },
  { instanceType: "t3.small", cpus: 2, memoryMb: 2048, usdPerHour: 0.0208 },
  { instanceType: "t3.medium", cpus: 2, memoryMb: 4096, usdPerHour: 0.0416 },
  { instanceType: "t3.large", cpus: 2, memoryMb: 8192, usdPerHour: 0.0832 },
  { instanceType: "t3.xlarge", cpus: 4, memoryMb: 16_384, usdPerHour: 0.1664 },
  { instanceType: "t3.2xlarge", cpus: 8, memoryMb: 32_768, usdPerHour: 0.3328 },
];

/** The smallest type that satisfies a tier or the settings of a workspace; null when none is large enough. */
export const instanceTypeFor = (asked: Pick<InstanceType, "cpus" | "memoryMb">): InstanceType | null =>
  INSTANCE_TYPES.find(({ cpus, memoryMb }) => cpus >= asked.cpus && memoryMb >= asked.memoryMb) ?? null;

/** Size of a data volume on its own disk when the workspace sets none. */
export const DEFAULT_DISK_GB = 20;
