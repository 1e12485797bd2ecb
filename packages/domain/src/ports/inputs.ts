import { z } from "zod";
import { idSchema } from "../ids.ts";
import { PORT_MAX } from "./port.ts";

export const portSchema = z.number().int().min(1).max(PORT_MAX);

export const listPortsInput = z.strictObject({ workspaceId: idSchema });
export type ListPortsInput = z.output<typeof listPortsInput>;
