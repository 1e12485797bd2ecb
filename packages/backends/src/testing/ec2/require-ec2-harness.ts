import { existsSync } from "node:fs";
import { DomainError } from "@berth/domain";
import { messageOf } from "../../problems.ts";
import { ensureMoto } from "./moto-server.ts";

const PROGRAMS = [
  "unshare",
  "setpriv",
  "losetup",
  "mkfs.ext4",
  "blkid",
  "wipefs",
  "mountpoint",
  "mknod",
  "curl",
  "python3",
];
const FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * The reason why machines cannot boot here, or null. The reason is printed; where EC2 is required (`ec2` in
 * BERTH_TEST_REQUIRE), this throws instead.
 */
export async function findEc2HarnessForTests(environment: NodeJS.ProcessEnv): Promise<{ reason: string | null }> {
  const reason = await skipReason(environment);
  if (reason === null) return { reason };
  if ((environment.BERTH_TEST_REQUIRE ?? "").split(",").includes("ec2")) {
    throw new DomainError("backend_unavailable", reason);
  }
  process.stderr.write(`Skipped: everything on EC2. ${reason}\n`);
  return { reason };
}

async function skipReason(environment: NodeJS.ProcessEnv): Promise<string | null> {
  if (process.platform !== "linux") return "Its machines need Linux.";
  if (process.getuid?.() !== 0) return "Its machines need root: they mount their own disks.";
  if (!existsSync("/dev/loop-control")) return "This system has no loop devices.";
  const path = [...(environment.PATH ?? "").split(":"), ...FOLDERS];
  const missing = PROGRAMS.filter((name) => !path.some((folder) => existsSync(`${folder}/${name}`)));
  if (missing.length > 0) return `These programs are missing: ${missing.join(", ")}.`;
  try {
    await ensureMoto(environment);
    return null;
  } catch (error) {
    return `moto could not be installed (${messageOf(error).split("\n")[0]}).`;
  }
}
