import { allowedVerbs, type CanvasNode, type LifecycleVerb, verbsWithForce, type WorkspaceStatus } from "@berth/domain";

export interface NextStep {
  verb: LifecycleVerb;
  /** As a person says it here: a failed workspace is not restarted but tried again. */
  label: string;
  /** It ends the start that is under way. */
  force: boolean;
}

const step = (verb: LifecycleVerb, label: string, force = false): NextStep => ({ verb, label, force });

/** What each status offers first. Where nothing stands there is nothing to do but wait, or work. */
const OFFERED: Partial<Record<WorkspaceStatus, readonly NextStep[]>> = {
  degraded: [step("restart", "Restart")],
  offline: [step("restart", "Restart")],
  failed: [step("restart", "Retry")],
  paused: [step("resume", "Resume")],
  hibernated: [step("wake", "Wake")],
  deleted: [step("restore", "Restore")],
};

/** A start that takes too long: begin anew with another machine, or give the machine back and keep the data. */
const OF_A_LATE_START: readonly NextStep[] = [step("restart", "Retry", true), step("hibernate", "Cancel", true)];

type Card = Pick<CanvasNode, "status" | "restartRequired">;

/** The verbs to offer beside a status, as far as the table of moves allows them now. */
export function nextSteps({ status, restartRequired }: Card, isLate = false): NextStep[] {
  const offered =
    status === "provisioning" && isLate
      ? OF_A_LATE_START
      : status === "online" && restartRequired
        ? [step("restart", "Restart")]
        : (OFFERED[status] ?? []);
  const legal = [...allowedVerbs(status), ...verbsWithForce(status)];
  return offered.filter(({ verb }) => legal.includes(verb));
}

/** The statuses in which a log is likely to say what a person wants to know. */
export const hasTellingLog = (status: WorkspaceStatus, isLate = false): boolean =>
  status === "failed" || status === "degraded" || status === "offline" || (status === "provisioning" && isLate);
