import type Docker from "dockerode";
import type { InstanceObservation } from "../backend.ts";
import { noGlibc } from "./images.ts";
import { LABEL } from "./names.ts";

/** Maps the engine's state to an observation. Calls `readLog` only when the exit code needs an explanation. */
export async function describeState(
  { State, Config }: Docker.ContainerInspectInfo,
  readLog: () => Promise<{ text: string }>,
): Promise<InstanceObservation> {
  switch (State.Status as string) {
    case "running":
    case "restarting":
      return { state: "running", reason: null };
    case "paused":
      return { state: "stopped", reason: "paused outside Berth" };
    case "created":
      return { state: "stopped", reason: State.Error || "created, never started" };
    case "dead":
    case "removing":
      return { state: "stopped", reason: "being removed" };
    default:
      return {
        state: "stopped",
        reason: await describeExit(State, Config.Labels[LABEL.image] ?? Config.Image, readLog),
      };
  }
}

const EXIT_CANNOT_RUN = [126, 127];

async function describeExit(
  { ExitCode, OOMKilled, Error: engineError }: Docker.ContainerInspectInfo["State"],
  image: string,
  readLog: () => Promise<{ text: string }>,
): Promise<string> {
  if (OOMKilled) return `exit code ${ExitCode} (killed: out of memory)`;
  if (engineError) return `exit code ${ExitCode} (${engineError})`;
  if (!EXIT_CANNOT_RUN.includes(ExitCode)) return `exit code ${ExitCode}`;
  const { text } = await readLog();
  return cannotRun(image, text) ?? `exit code ${ExitCode} (${text.trim().split("\n").at(-1) ?? "no log"})`;
}

/** The daemon's Node needs glibc and bundles no libraries. The loader's error says what the image lacks. */
export function cannotRun(image: string, log: string): string | null {
  const library = /error while loading shared libraries: (\S+?):/.exec(log)?.[1];
  if (library) {
    return `The image ${image} lacks ${library}, which a workspace needs. Install its package in the image (Debian and Ubuntu: libstdc++6), or choose another image.`;
  }
  if (/version `?GLIBC(XX)?_[\d.]+'? not found/.test(log)) {
    return `The image ${image} is too old: its glibc or libstdc++ cannot run Node 24. Choose a newer image, such as node:24-bookworm.`;
  }
  return /exec \S+node failed: No such file/.test(log) ? noGlibc(image).message : null;
}
