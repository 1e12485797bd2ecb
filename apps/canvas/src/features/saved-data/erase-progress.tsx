import type { Operation, Volume } from "@berth/domain";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { formatDuration } from "#shared/text/format.ts";
import { useOpenOperations } from "./queries.ts";

/** The progress of an erase, or what blocks it and what to do. */
export function EraseProgress({ volume }: { volume: Volume }) {
  const operation = useOpenOperations().find((one) => isErasing(one, volume));
  const error = operation?.error;
  if (error) {
    return (
      <span className="text-bad">
        Not erased yet. {error.message} {error.nextAttemptAt && <NextAttempt at={error.nextAttemptAt} />}
      </span>
    );
  }
  const running = operation?.steps.findLast(({ status }) => status === "running");
  return <>Being erased. {running?.message ?? "The receipt follows when Berth has verified that the data is gone."}</>;
}

/** A volume is erased by its own operation, or by the delete of its workspace. */
const isErasing = ({ kind, volumeId, workspaceId }: Operation, volume: Volume): boolean =>
  kind === "erase" ? volumeId === volume.id : kind === "delete" && workspaceId === volume.workspaceId;

function NextAttempt({ at }: { at: string }) {
  const left = Date.parse(at) - useServerNow();
  return left > 0 ? <>Retrying in {formatDuration(left)}.</> : <>Retrying now.</>;
}
