import type { Volume, VolumeState } from "@berth/domain";
import { CircleHelp, CircleX, Clock, FileCheck, HardDrive, type LucideIcon } from "lucide-react";
import type { Tone } from "#shared/workspace/status.ts";

export const VOLUME_STYLES: Record<VolumeState, { label: string; tone: Tone; icon: LucideIcon }> = {
  attached: { label: "In use", tone: "ok", icon: HardDrive },
  retained: { label: "Kept", tone: "rest", icon: Clock },
  quarantined: { label: "Quarantined", tone: "warn", icon: CircleHelp },
  erasing: { label: "Erasing", tone: "busy", icon: Clock },
  erased: { label: "Erased", tone: "idle", icon: FileCheck },
};

type Shown = Pick<Volume, "state" | "missingSince" | "returnedAt" | "heldBecause">;

/** How a volume is displayed. A needed decision or action takes precedence over its state. */
export function volumeStyle({ state, missingSince, returnedAt, heldBecause }: Shown) {
  if (missingSince !== null) return { label: "Missing", tone: "bad" as const, icon: CircleX };
  if (state === "quarantined" && returnedAt !== null)
    return { label: "Reappeared", tone: "bad" as const, icon: CircleHelp };
  if (heldBecause !== null) return { label: "Needs a decision", tone: "warn" as const, icon: CircleHelp };
  return VOLUME_STYLES[state];
}

/** Quarantined data belongs to no known workspace. */
export const volumeName = ({ workspaceName }: { workspaceName: string }): string =>
  workspaceName === "" ? "Unknown workspace" : workspaceName;
