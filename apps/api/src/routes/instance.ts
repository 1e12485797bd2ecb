import { type DaemonProgram, INSTANCE_PARTS, type InstancePart, instanceBoot, openInstanceFile } from "@berth/backends";
import { DomainError, notFound, storableText } from "@berth/domain";
import { type Deps, enrol, instanceBootOf, recordBootStep } from "@berth/services";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { bearerOf } from "../request-actor.ts";

/** What a remote instance needs to become a workspace. */
export interface RemoteInstanceOptions {
  daemon: DaemonProgram;
  /** The address to which its daemon connects. */
  tunnelUrl: string;
}

const parameters = z.object({ incarnationId: storableText().max(100), part: z.enum(INSTANCE_PARTS) });
const ofIncarnation = parameters.pick({ incarnationId: true });
const keyBody = storableText().max(100);
const stepBody = storableText().max(2000);
const architectureQuery = z.object({ machine: storableText().max(40).default("") });

function incarnationOf({ params }: FastifyRequest): string {
  const { data } = ofIncarnation.safeParse(params);
  if (!data) throw notFound("This machine");
  return data.incarnationId;
}

/**
 * Serves remote instances: the boot document, the daemon and a Node runtime, for the one instance that has enrolled for
 * an incarnation.
 */
export function instanceRoute(app: FastifyInstance, deps: Deps, { daemon, tunnelUrl }: RemoteInstanceOptions): void {
  app.post("/daemon/:incarnationId/enrolment", async (request, reply) => {
    const incarnationId = incarnationOf(request);
    const machineKey = keyBody.safeParse(request.body).data ?? "";
    await enrol(deps, { incarnationId, token: bearerOf(request), machineKey });
    return reply.code(204).send();
  });

  app.get("/daemon/:incarnationId/:part", { exposeHeadRoute: false }, async (request, reply) => {
    const { data } = parameters.safeParse(request.params);
    if (!data) throw notFound("This part of a machine");
    const boot = await instanceBootOf(deps, { incarnationId: data.incarnationId, token: bearerOf(request) });
    reply.header("cache-control", "no-store");
    if (data.part === "boot") return instanceBoot(boot, tunnelUrl);
    return sendFile(data.part, architectureQuery.safeParse(request.query).data?.machine ?? "");

    async function sendFile(part: Exclude<InstancePart, "boot">, machine: string) {
      const { bytes, stream } = await openInstanceFile(part, machine, daemon);
      return reply.type("application/octet-stream").header("content-length", bytes).send(stream);
    }
  });

  app.post("/daemon/:incarnationId/steps", async (request, reply) => {
    const incarnationId = incarnationOf(request);
    const body = stepBody.safeParse(request.body);
    if (!body.success) throw new DomainError("invalid_input", "Send one sentence as text/plain.");
    await recordBootStep(deps, { incarnationId, token: bearerOf(request) }, body.data);
    return reply.code(204).send();
  });
}
