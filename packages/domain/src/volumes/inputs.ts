import { z } from "zod";
import { idSchema } from "../ids.ts";
import { storableText } from "../text.ts";
import { createWorkspaceInput } from "../workspace/inputs.ts";
import { VOLUME_STATES } from "./volume.ts";

export const volumeIdInput = z.strictObject({ id: idSchema });
export const listVolumesInput = z.strictObject({ state: z.enum(VOLUME_STATES).optional() });
export const eraseVolumeInput = z.strictObject({ id: idSchema, confirmName: storableText() });
export type EraseVolumeInput = z.output<typeof eraseVolumeInput>;

/** `since` of the hold that the operator saw, so that a stale page does not end a different hold. */
export const confirmRetentionInput = z.strictObject({ since: z.iso.datetime() });
export type ConfirmRetentionInput = z.output<typeof confirmRetentionInput>;

/** A new workspace on an unused volume: the input of a create, plus the volume. */
export const adoptVolumeInput = z.strictObject({ ...createWorkspaceInput.shape, id: idSchema });
export type AdoptVolumeInput = z.output<typeof adoptVolumeInput>;
