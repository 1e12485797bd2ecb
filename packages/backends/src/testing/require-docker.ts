import { DomainError } from "@berth/domain";
import { connectDocker } from "../docker/engine.ts";
import { messageOf } from "../problems.ts";

/**
 * Why the engine of DOCKER_HOST is unavailable, or null. Docker is never skipped silently: the reason is printed, and
 * where Docker is required (`CI`, or `docker` in BERTH_TEST_REQUIRE) this throws instead.
 */
export async function findDockerForTests(environment: NodeJS.ProcessEnv): Promise<{ reason: string | null }> {
  try {
    await connectDocker(undefined, 5000).ping();
    return { reason: null };
  } catch (error) {
    const reason = `No Docker engine is reachable (${messageOf(error)}). Start one, e.g. with scripts/docker-engine.sh start, and set DOCKER_HOST.`;
    const required = Boolean(environment.CI) || (environment.BERTH_TEST_REQUIRE ?? "").split(",").includes("docker");
    if (required) throw new DomainError("backend_unavailable", reason, { cause: error });
    process.stderr.write(`Skipped: everything on Docker. ${reason}\n`);
    return { reason };
  }
}
