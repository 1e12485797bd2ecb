import { findWorkspace, inTransaction, type Lease, type OperationRow, saveSteps, type WorkspaceRow } from "@berth/db";
import { type OperationStep, operationStep } from "@berth/domain";
import type { LifecycleDeps } from "../deps.ts";

/** A later request has superseded the operation, or its lease was lost. This is not a failure. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

/** The current instance. @throws Superseded when a later request has ended it. */
export function instanceRef(workspace: WorkspaceRow): { incarnationId: string; workspaceId: string } {
  if (!workspace.incarnationId) throw new Superseded();
  return { incarnationId: workspace.incarnationId, workspaceId: workspace.id };
}

/** One attempt of one worker at one operation. */
export class OperationRun {
  readonly deps: LifecycleDeps;
  readonly operation: OperationRow;
  /** Aborts when the operation is superseded, the lease is lost or the process ends. */
  readonly signal: AbortSignal;
  readonly steps: OperationStep[];

  constructor(deps: LifecycleDeps, operation: OperationRow, signal: AbortSignal) {
    this.deps = deps;
    this.operation = operation;
    this.signal = signal;
    this.steps = operation.steps.filter((step) => step.status === "succeeded");
  }

  get lease(): Lease {
    const { id, attempt } = this.operation;
    return { id, attempt, owner: this.deps.replicaId };
  }

  /** Re-reads the workspace. @throws Superseded when its generation is no longer the operation's. */
  async workspace(): Promise<WorkspaceRow> {
    this.throwIfSuperseded();
    const row = await findWorkspace(this.deps.db, this.operation.workspaceId ?? "");
    if (row?.generation !== this.operation.generation) throw new Superseded();
    return row;
  }

  throwIfSuperseded(): void {
    if (this.signal.aborted) throw new Superseded();
  }

  /** Records one idempotent step and runs it. A worker that lost its lease fails at the record and runs nothing. */
  async step<T>(name: string, work: (progress: (message: string) => void) => Promise<T>): Promise<T> {
    this.throwIfSuperseded();
    const step = this.#begin(name);
    if (!(await this.#save())) throw new Superseded();
    try {
      const result = await work((message) => {
        step.message = message;
        this.#save().catch(() => {});
      });
      step.status = "succeeded";
      return result;
    } catch (error) {
      step.status = "failed";
      throw error;
    } finally {
      step.endedAt = new Date().toISOString();
    }
  }

  #begin(name: string): OperationStep {
    const earlier = this.steps.findIndex((step) => step.name === name);
    if (earlier >= 0) this.steps.splice(earlier, 1);
    const startedAt = new Date().toISOString();
    const step: OperationStep = { name, status: "running", startedAt, endedAt: null, message: null };
    this.steps.push(step);
    return step;
  }

  /** @returns false when the lease is lost. */
  #save(): Promise<boolean> {
    const steps = this.steps.map((step) => ({ ...step }));
    return inTransaction(this.deps.db, async (tx) => {
      if (!(await saveSteps(tx, this.lease, steps))) return false;
      tx.emit(operationStep(this.operation, steps.at(-1)?.name ?? null));
      return true;
    });
  }
}
