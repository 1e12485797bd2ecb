import type { NewEvent, VolumeRow } from "@berth/db";

/** Says that a volume is new. Append it in the transaction that inserts the row: then no list of saved data is ever older. */
export const volumeCreated = (volume: VolumeRow): NewEvent => volumeEvent("volume.created", volume);

/** Says what a volume has become. Append it in the transaction that changes it, once for each change. */
export const volumeMoved = (volume: VolumeRow): NewEvent => volumeEvent("volume.state_changed", volume);

const volumeEvent = (type: NewEvent["type"], { id: volumeId, orgId, workspaceId, state }: VolumeRow): NewEvent => ({
  orgId,
  type,
  workspaceId,
  data: { volumeId, state },
});
