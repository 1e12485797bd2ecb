import type { BackendKind } from "../backends.ts";
import type { StatusReason } from "../operations.ts";
import type { VolumeState } from "../volumes/volume.ts";
import type { Compute } from "./compute.ts";
import type { DataState, DesiredState, WorkspaceStatus } from "./lifecycle.ts";
import type { EffectivePersistence } from "./persistence.ts";

export interface Workspace {
  id: string;
  name: string;
  role: string | null;
  parentId: string | null;
  runtime: string;
  model: string;
  tier: number;
  status: WorkspaceStatus;
  statusReason: StatusReason | null;
  desired: DesiredState;
  generation: number;
  dataState: DataState;
  restartRequired: boolean;
  backend: BackendKind;
  compute: Compute;
  effectivePersistence: EffectivePersistence;
  volume: {
    id: string;
    state: VolumeState;
    sizeBytes: number | null;
    measuredAt: string | null;
    /** With `dataState` "missing": the missing parts. Null: the whole volume. */
    missingParts: string[] | null;
  } | null;
  position: { x: number; y: number };
  collapsed: boolean;
  currentTask: string | null;
  activeTasks: number;
  createdAt: string;
  updatedAt: string;
  lastHeartbeatAt: string | null;
  provisioningStartedAt: string | null;
  deletedAt: string | null;
  retainedUntil: string | null;
}

/** A workspace on the map: a node of `canvas.snapshot`. */
export interface CanvasNode {
  id: string;
  name: string;
  role: string | null;
  parentId: string | null;
  status: WorkspaceStatus;
  statusReason: StatusReason | null;
  backend: BackendKind;
  runtime: string;
  tier: number;
  generation: number;
  restartRequired: boolean;
  dataState: DataState;
  position: { x: number; y: number };
  collapsed: boolean;
  currentTask: string | null;
  provisioningStartedAt: string | null;
  /** The current step of an open operation, e.g. "Start the machine". */
  step: string | null;
}

export interface DeletePreview {
  workspaces: {
    id: string;
    name: string;
    status: WorkspaceStatus;
    volume: { id: string; sizeBytes: number | null } | null;
    fate: "erased" | "retained" | "grace" | "gone";
  }[];
  confirmName: string;
}
