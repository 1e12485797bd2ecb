import {
  type Compute,
  describeSurvival,
  type Fate,
  type LifecycleVerb,
  type SurvivalVerb,
  whatSurvives,
} from "@berth/domain";
import { CirclePause, CirclePlay, type LucideIcon, Moon, RotateCcw, Sun, Trash2, Undo2 } from "lucide-react";

export const VERB_LABELS: Record<LifecycleVerb, { label: string; icon: LucideIcon; does: string }> = {
  restart: { label: "Restart", icon: RotateCcw, does: "Replaces the machine with a new one." },
  pause: { label: "Pause", icon: CirclePause, does: "Stops the machine and keeps it." },
  resume: { label: "Resume", icon: CirclePlay, does: "Starts the same machine again." },
  hibernate: { label: "Hibernate", icon: Moon, does: "Releases the machine." },
  wake: { label: "Wake", icon: Sun, does: "Starts a new machine." },
  delete: { label: "Delete", icon: Trash2, does: "Removes the workspace." },
  restore: { label: "Restore", icon: Undo2, does: "Brings the workspace back with its data." },
};

/** Resume ends a pause and wake ends a hibernation, so they use the same column of the survival table. */
const COLUMN: Record<LifecycleVerb, SurvivalVerb | null> = {
  restart: "restart",
  pause: "pause",
  resume: "pause",
  hibernate: "hibernate",
  wake: "hibernate",
  delete: "delete",
  restore: null,
};

type Keeping = Pick<Compute, "dataPersistence" | "homeSnapshot">;

/** What the verb does and what survives it, shown beside its button. */
export function explainVerb(verb: LifecycleVerb, { dataPersistence, homeSnapshot }: Keeping): string {
  const column = COLUMN[verb];
  const { does } = VERB_LABELS[verb];
  return column ? `${does} ${describeSurvival(whatSurvives(dataPersistence, homeSnapshot, column))}` : does;
}

const LOSSES: readonly Fate[] = ["new_and_empty", "refused_unless_forced"];

/** True when the verb loses saved data, so it needs a confirmation. */
export function losesData(verb: LifecycleVerb, { dataPersistence, homeSnapshot }: Keeping): boolean {
  const column = COLUMN[verb];
  const isAskedForItself = verb === "restart" || verb === "hibernate";
  return (
    isAskedForItself && column !== null && LOSSES.includes(whatSurvives(dataPersistence, homeSnapshot, column).data)
  );
}
