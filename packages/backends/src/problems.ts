import { DomainError } from "@berth/domain";
import type { VolumeObservation } from "./backend.ts";

export const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

export const isMissing = (error: unknown): boolean => errorCode(error) === "ENOENT";

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const unavailable = (message: string, cause?: unknown): DomainError =>
  new DomainError("backend_unavailable", message, cause === undefined ? {} : { cause });

export const instanceNotFound = (): DomainError => new DomainError("not_found", "The instance was not found.");

/** The data is lost or was never created. An empty replacement volume would hide the loss. */
export const volumeNotFound = (): DomainError =>
  new DomainError("not_found", "The data volume of this workspace was not found, so the workspace was not started.");

export const volumeInUse = (incarnationId: string | null): DomainError =>
  new DomainError(
    "operation_in_progress",
    "The data volume is still attached to an instance. Delete the instance first.",
    {
      ...(incarnationId === null ? {} : { details: { incarnationId } }),
    },
  );

export const unknownVolume = (error: unknown): VolumeObservation => ({
  presence: "unknown",
  missingParts: [],
  reason: messageOf(error),
});

/** @param missing the missing parts; a whole volume has none */
export function observationOf(parts: readonly string[], missing: readonly string[]): VolumeObservation {
  if (missing.length === parts.length) return { presence: "absent", missingParts: [], reason: null };
  return { presence: missing.length === 0 ? "present" : "partial", missingParts: missing, reason: null };
}
