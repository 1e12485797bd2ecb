export interface MachineType {
  /** As EC2 names it. */
  instanceType: string;
  cpus: number;
  memoryMb: number;
}

/** What a workspace with a machine of its own gets when it names no instance type, smallest first. x86-64. */
export const MACHINE_TYPES: readonly MachineType[] = [
  { instanceType: "t3.micro", cpus: 2, memoryMb: 1024 },
  { instanceType: "t3.small", cpus: 2, memoryMb: 2048 },
  { instanceType: "t3.medium", cpus: 2, memoryMb: 4096 },
  { instanceType: "t3.large", cpus: 2, memoryMb: 8192 },
  { instanceType: "t3.xlarge", cpus: 4, memoryMb: 16_384 },
  { instanceType: "t3.2xlarge", cpus: 8, memoryMb: 32_768 },
];

/** The smallest machine that has what a tier or a workspace's own settings ask for; null when none is large enough. */
export const machineTypeFor = (asked: Pick<MachineType, "cpus" | "memoryMb">): MachineType | null =>
  MACHINE_TYPES.find(({ cpus, memoryMb }) => cpus >= asked.cpus && memoryMb >= asked.memoryMb) ?? null;

/** Of a data volume on a disk of its own, where the workspace says nothing. */
export const DEFAULT_DISK_GB = 20;
