import {
  adoptVolumeInput,
  confirmRetentionInput,
  createTokenInput,
  durationsInput,
  eraseVolumeInput,
  listOperationsInput,
  listTokensInput,
  listVolumesInput,
  operationIdInput,
  revokeTokenInput,
  saveLayoutInput,
  viewportSchema,
  volumeIdInput,
} from "@berth/domain";
import {
  adoptVolume,
  canvasMetrics,
  canvasSnapshot,
  confirmRetention,
  createToken,
  eraseVolume,
  expectedDurations,
  getOperation,
  getReceipt,
  getRetention,
  getVolume,
  listOperations,
  listTokens,
  listVolumes,
  revokeToken,
  saveLayout,
  saveViewport,
  systemInfo,
  tokenShownOnce,
} from "@berth/services";
import { z } from "zod";
import { commandsRouter } from "./commands.ts";
import { eventsRouter } from "./events.ts";
import { filesRouter } from "./files.ts";
import { portsRouter } from "./ports.ts";
import { terminalsRouter } from "./terminals.ts";
import { mutate, procedure, query, router } from "./trpc.ts";
import { workspacesRouter } from "./workspaces.ts";

const nothing = z.strictObject({}).prefault({});

export const appRouter = router({
  workspaces: workspacesRouter,
  files: filesRouter,
  commands: commandsRouter,
  ports: portsRouter,
  terminals: terminalsRouter,
  events: eventsRouter,
  operations: router({
    get: procedure.input(operationIdInput).query(query(getOperation)),
    list: procedure.input(listOperationsInput.prefault({})).query(query(listOperations)),
    durations: procedure.input(durationsInput).query(query(expectedDurations)),
  }),
  canvas: router({
    snapshot: procedure.input(nothing).query(query(canvasSnapshot)),
    metrics: procedure.input(nothing).query(query(canvasMetrics)),
    saveLayout: procedure.input(saveLayoutInput).mutation(mutate(saveLayout)),
    saveViewport: procedure.input(viewportSchema).mutation(mutate(saveViewport)),
  }),
  volumes: router({
    list: procedure.input(listVolumesInput.prefault({})).query(query(listVolumes)),
    get: procedure.input(volumeIdInput).query(query(getVolume)),
    adopt: procedure.input(adoptVolumeInput).mutation(mutate(adoptVolume)),
    erase: procedure.input(eraseVolumeInput).mutation(mutate(eraseVolume)),
    receipt: procedure.input(volumeIdInput).query(query(getReceipt)),
  }),
  retention: router({
    get: procedure.input(nothing).query(query(getRetention)),
    confirm: procedure.input(confirmRetentionInput).mutation(mutate(confirmRetention)),
  }),
  tokens: router({
    create: procedure.input(createTokenInput).mutation(mutate(createToken, tokenShownOnce)),
    list: procedure.input(listTokensInput.prefault({})).query(query(listTokens)),
    revoke: procedure.input(revokeTokenInput).mutation(mutate(revokeToken)),
  }),
  session: router({
    get: procedure.input(nothing).query(async ({ ctx }) => ({ actor: ctx.actor })),
  }),
  system: router({
    info: procedure
      .input(nothing)
      .query(async ({ ctx }) => ({ ...(await systemInfo(ctx.deps)), disk: ctx.disk.state() })),
  }),
});

export type AppRouter = typeof appRouter;
