import { type DaemonProgram, MACHINE_PARTS, type MachinePart, machineBoot, openMachineFile } from "@berth/backends";
import { notFound } from "@berth/domain";
import { type Deps, machineBootOf } from "@berth/services";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { bearerOf } from "../request-actor.ts";

/** What a machine elsewhere needs to become a workspace. */
export interface MachineHome {
  daemon: DaemonProgram;
  /** Where its daemon dials. */
  tunnelUrl: string;
}

const parameters = z.object({ incarnationId: z.string().max(100), part: z.enum(MACHINE_PARTS) });
const machineQuery = z.object({ machine: z.string().max(40).default("") });

/** The machines' door: its boot document, the daemon, and a Node to run it, for whoever shows an incarnation's own token. */
export function machineRoute(app: FastifyInstance, deps: Deps, { daemon, tunnelUrl }: MachineHome): void {
  app.get("/daemon/:incarnationId/:part", { exposeHeadRoute: false }, async (request, reply) => {
    const { data } = parameters.safeParse(request.params);
    if (!data) throw notFound("This part of a machine");
    const boot = await machineBootOf(deps, { incarnationId: data.incarnationId, token: bearerOf(request) });
    reply.header("cache-control", "no-store");
    if (data.part === "boot") return machineBoot(boot, tunnelUrl);
    return sendFile(data.part, machineQuery.safeParse(request.query).data?.machine ?? "");

    async function sendFile(part: Exclude<MachinePart, "boot">, machine: string) {
      const { bytes, stream } = await openMachineFile(part, machine, daemon);
      return reply.type("application/octet-stream").header("content-length", bytes).send(stream);
    }
  });
}
