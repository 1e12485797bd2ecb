import { allowedVerbs, type CanvasNode, type LifecycleVerb, verbsWithForce, type WorkspaceStatus } from "@berth/domain";

export interface NextStep {
  verb: LifecycleVerb;
  /** The label in this context: a failed workspace is retried, not restarted. */
  label: string;
  /** Ends the start that is running. */
  force: boolean;
}

const step = (verb: LifecycleVerb, label: string, force = false): NextStep => ({ verb, label, force });

/** The steps that each status offers. A status without steps has nothing to do but wait, or work. */
const OFFERED: Partial<Record<WorkspaceStatus, readonly NextStep[]>> = {
  degraded: [step("restart", "Restart")],
  offline: [step("restart", "Restart")],
  failed: [step("restart", "Retry")],
  paused: [step("resume", "Resume")],
  hibernated: [step("wake", "Wake")],
  deleted: [step("restore", "Restore")],
};

/** A late start can be retried on another machine, or cancelled, which removes the machine and keeps the data. */
const OF_A_LATE_START: readonly NextStep[] = [step("restart", "Retry", true), step("hibernate", "Cancel", true)];

type Card = Pick<CanvasNode, "status" | "restartRequired">;

/** The steps to offer for a status, if the lifecycle table allows them now. */
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

/** The statuses in which a log is likely to help. */
export const hasUsefulLog = (status: WorkspaceStatus, isLate = false): boolean =>
  status === "failed" || status === "degraded" || status === "offline" || (status === "provisioning" && isLate);
