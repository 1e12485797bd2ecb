import { z } from "zod";
import { LIMITS } from "../limits.ts";
import { plainUntrustedText } from "../untrusted-text.ts";
import { PORT_MAX, type PortListener } from "./port.ts";

const PROCESS_CHARS_MAX = 64;

const portListener: z.ZodType<PortListener> = z.object({
  port: z.int().min(1).max(PORT_MAX),
  address: z.string().regex(/^[0-9a-f:.]{2,45}$/),
  process: z
    .string()
    .max(1000)
    .transform((name) => plainUntrustedText(name, PROCESS_CHARS_MAX) || null)
    .nullable(),
});

export const portListeners: z.ZodType<{ listeners: PortListener[] }> = z.object({
  listeners: z.array(portListener).max(LIMITS.portsListedMax),
});
