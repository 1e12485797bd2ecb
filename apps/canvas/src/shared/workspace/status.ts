import type { WorkspaceStatus } from "@berth/domain";
import {
  CircleCheck,
  CirclePause,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  Moon,
  Trash2,
  TriangleAlert,
  Unplug,
} from "lucide-react";

export type Tone = "ok" | "busy" | "warn" | "bad" | "idle" | "rest";

export interface StatusStyle {
  label: string;
  tone: Tone;
  icon: LucideIcon;
  isMoving: boolean;
  /** What the user can do about it, in a few words. */
  next: string;
}

/** The appearance of each status: never colour alone. */
export const STATUS_STYLES: Record<WorkspaceStatus, StatusStyle> = {
  provisioning: {
    label: "Starting",
    tone: "busy",
    icon: LoaderCircle,
    isMoving: true,
    next: "The steps are shown as they run.",
  },
  online: { label: "Online", tone: "ok", icon: CircleCheck, isMoving: false, next: "Ready to work." },
  degraded: {
    label: "Degraded",
    tone: "warn",
    icon: TriangleAlert,
    isMoving: false,
    next: "Read the log, or restart.",
  },
  offline: {
    label: "Offline",
    tone: "bad",
    icon: Unplug,
    isMoving: false,
    next: "Berth is repairing it. Restart if this takes long.",
  },
  pausing: {
    label: "Pausing",
    tone: "busy",
    icon: LoaderCircle,
    isMoving: true,
    next: "The machine is being stopped.",
  },
  paused: {
    label: "Paused",
    tone: "rest",
    icon: CirclePause,
    isMoving: false,
    next: "Resume to continue where it stopped.",
  },
  hibernating: {
    label: "Hibernating",
    tone: "busy",
    icon: LoaderCircle,
    isMoving: true,
    next: "The machine is being released.",
  },
  hibernated: {
    label: "Hibernated",
    tone: "rest",
    icon: Moon,
    isMoving: false,
    next: "Wake it to start a new machine with its data.",
  },
  deleting: {
    label: "Deleting",
    tone: "busy",
    icon: Trash2,
    isMoving: false,
    next: "Its data is handled as chosen at delete.",
  },
  deleted: {
    label: "Deleted",
    tone: "idle",
    icon: Trash2,
    isMoving: false,
    next: "Restore it while its data is kept.",
  },
  failed: { label: "Failed", tone: "bad", icon: CircleX, isMoving: false, next: "Fix the cause, then restart." },
};

/** For statuses of a newer server. */
export const UNKNOWN_STYLE: StatusStyle = {
  label: "Unknown",
  tone: "idle",
  icon: TriangleAlert,
  isMoving: false,
  next: "Reload the page.",
};

export const statusStyle = (status: WorkspaceStatus): StatusStyle => STATUS_STYLES[status] ?? UNKNOWN_STYLE;

/** Complete class names, because Tailwind finds them by scanning the source. */
export const TONE_TEXT: Record<Tone, string> = {
  ok: "text-ok",
  busy: "text-busy",
  warn: "text-warn",
  bad: "text-bad",
  idle: "text-idle",
  rest: "text-rest",
};

export const TONE_BADGE: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  busy: "bg-busy-soft text-busy",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  idle: "bg-idle-soft text-idle",
  rest: "bg-rest-soft text-rest",
};

export const TONE_VARIABLE: Record<Tone, string> = {
  ok: "var(--ok)",
  busy: "var(--busy)",
  warn: "var(--warn)",
  bad: "var(--bad)",
  idle: "var(--idle)",
  rest: "var(--rest)",
};
