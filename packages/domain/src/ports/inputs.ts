import { z } from "zod";
import { idSchema } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { PORT_MAX } from "./port.ts";

export const portSchema = z.number().int().min(1).max(PORT_MAX);

export const listPortsInput = z.strictObject({ workspaceId: idSchema });
export type ListPortsInput = z.output<typeof listPortsInput>;

export const sharePortInput = z.strictObject({
  workspaceId: idSchema,
  port: portSchema,
  expiresInSeconds: z.number().int().min(1).max(LIMITS.portShareSecondsMax),
});
export type SharePortInput = z.output<typeof sharePortInput>;

export const revokeShareInput = z.strictObject({ id: idSchema });
export type RevokeShareInput = z.output<typeof revokeShareInput>;
