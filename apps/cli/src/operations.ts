import { setTimeout as pause } from "node:timers/promises";
import { isOpenOperation, type Operation, type OperationStep } from "@berth/domain";
import { EXIT } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import type { Session } from "./session.ts";

const POLL_MS = 200;

/** Waits until an operation has ended and shows its steps. @throws Failure when it failed */
export async function waitFor({ berth, output }: Session, started: Operation, subject: string): Promise<Operation> {
  let operation = started;
  const shown = new Set<string>();
  const showNew = () => {
    for (const step of operation.steps) {
      const key = `${step.name} ${step.startedAt}`;
      if (step.status === "running" || shown.has(key)) continue;
      shown.add(key);
      output.note(textOf(step));
    }
  };
  const onInterrupt = () => {
    output.note(`The ${operation.kind} of "${subject}" goes on in Berth. See it with: berth info ${subject}`);
    process.exit(EXIT.interrupted);
  };
  process.once("SIGINT", onInterrupt);
  try {
    while (isOpenOperation(operation)) {
      showNew();
      await pause(POLL_MS);
      operation = await berth.operations.get.query({ id: operation.id });
    }
  } finally {
    process.off("SIGINT", onInterrupt);
  }
  showNew();
  if (operation.status === "succeeded") return operation;
  throw operation.status === "failed" ? failed(operation, subject) : superseded(operation, subject);
}

function textOf({ name, status, startedAt, endedAt, message }: OperationStep): string {
  const seconds = endedAt === null ? "" : ` (${((Date.parse(endedAt) - Date.parse(startedAt)) / 1000).toFixed(1)} s)`;
  const reason = message === null ? "" : `: ${message}`;
  return `${status === "failed" ? "✗" : "✓"} ${name}${seconds}${reason}`;
}

const failed = ({ id, kind, error }: Operation, subject: string): Failure =>
  new Failure(`The ${kind} of "${subject}" failed: ${error?.message ?? "the reason is unknown."}`, {
    next: `See why with berth logs --boot "${subject}", then try again.`,
    exitCode: EXIT.operationFailed,
    code: "operation_failed",
    details: { operationId: id, ...(error ? { reason: error.code } : {}) },
  });

const superseded = ({ id, kind }: Operation, subject: string): Failure =>
  new Failure(`Another request replaced the ${kind} of "${subject}".`, {
    next: `See what it is now with berth info "${subject}".`,
    exitCode: EXIT.conflict,
    code: "operation_superseded",
    details: { operationId: id },
  });
