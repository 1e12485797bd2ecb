import {
  type CanvasMetrics,
  type CanvasNode,
  METRICS,
  type StatusReason,
  type WorkspaceMetrics,
  type WorkspaceStatus,
} from "@berth/domain";
import type { Page } from "@playwright/test";

/** States that are too short to capture, or that need a real failure. */
export type FakeState = Partial<
  Pick<CanvasNode, "status" | "statusReason" | "step" | "provisioningStartedAt" | "restartRequired" | "currentTask">
>;

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const reason = (code: string, message: string): StatusReason => ({
  code,
  message,
  retryable: false,
  nextAttemptAt: null,
});

export const FAILED: FakeState = {
  status: "failed",
  statusReason: reason(
    "invalid_input",
    "The image registry.example/agents:4 is made for arm64, and Berth runs on amd64 here. Choose an image for amd64.",
  ),
};

export const lateStart = (): FakeState => ({
  status: "provisioning",
  step: "Wait for the daemon",
  provisioningStartedAt: ago(430),
});

/** Every status once, plus two variants whose cards show more. */
const STATES: readonly (() => FakeState & { name: string; status: WorkspaceStatus })[] = [
  () => ({ name: "online", status: "online", currentTask: "Reading the papers of this week" }),
  () => ({ name: "restart required", status: "online", restartRequired: true }),
  () => ({ name: "starting", status: "provisioning", step: "Start the machine", provisioningStartedAt: ago(4) }),
  () => ({ ...lateStart(), name: "starting, late", status: "provisioning" }),
  () => ({
    name: "degraded",
    status: "degraded",
    statusReason: reason(
      "workspace_not_running",
      "Claude Code (claude) ended with 1. The files are there; look at the agent log, fix the cause, then restart.",
    ),
  }),
  () => ({ name: "offline", status: "offline" }),
  () => ({ ...FAILED, name: "failed", status: "failed" }),
  () => ({ name: "pausing", status: "pausing", step: "Stop the machine and keep it" }),
  () => ({ name: "paused", status: "paused" }),
  () => ({ name: "hibernating", status: "hibernating", step: "Release the machine and keep the data volume" }),
  () => ({ name: "hibernated", status: "hibernated" }),
  () => ({ name: "deleting", status: "deleting", step: "Remove the machine" }),
];

const COLUMNS = 4;
const STEP = { x: 300, y: 152 };

/** Replaces the workspaces on the map by one card of each status. */
export const fakeEveryStatus = (page: Page): Promise<void> =>
  rewriteResponse<{ nodes: CanvasNode[] }>(page, "canvas.snapshot", (snapshot) => {
    const [template] = snapshot.nodes;
    if (!template) throw new Error("The map has no workspace to use as a template.");
    const nodes = STATES.map((state, at): CanvasNode => {
      const { name, ...rest } = state();
      const id = `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
      const position = { x: (at % COLUMNS) * STEP.x, y: Math.floor(at / COLUMNS) * STEP.y };
      return { ...template, statusReason: null, step: null, role: null, ...rest, id, name, position, parentId: null };
    });
    return { ...snapshot, nodes, viewport: null };
  });

/** Shows one workspace in another state. */
export async function fakeState(page: Page, id: string, fake: FakeState): Promise<void> {
  const { step: _, ...facts } = fake;
  await rewriteResponse<{ nodes: CanvasNode[] }>(page, "canvas.snapshot", (snapshot) => ({
    ...snapshot,
    nodes: snapshot.nodes.map((node) => (node.id === id ? { ...node, ...fake } : node)),
  }));
  await rewriteResponse<{ id: string }>(page, "workspaces.get", (workspace) =>
    workspace.id === id ? { ...workspace, ...facts } : workspace,
  );
}

const SAMPLE_SECONDS = 10;

/** Generates one usage sample. */
const usageAt = (step: number, seed: number) => ({
  cpuPercent: Math.max(2, Math.round(55 + 45 * Math.sin(step / 17 + seed) + 20 * Math.sin(step / 3.1 + seed))),
  memoryBytes: Math.round(4e8 + 1.2e8 * Math.sin(step / 60 + seed) + 2e7 * Math.sin(step / 5)),
  diskUsedBytes: 3_200_000_000 + Math.floor(step / 30) * 40_000_000,
});

/** Fakes usage for workspaces that have just started. */
export async function fakeUsage(page: Page): Promise<void> {
  await rewriteResponse<CanvasMetrics>(page, "canvas.metrics", (metrics) => ({
    ...metrics,
    workspaces: metrics.workspaces.map(({ id }, index) => {
      const samples = Array.from({ length: METRICS.canvasSamples }, (_, step) => usageAt(step, index * 2));
      return {
        id,
        cpuPercent: samples.map(({ cpuPercent }) => cpuPercent),
        memoryBytes: samples.map(({ memoryBytes }) => memoryBytes),
      };
    }),
  }));
  await rewriteResponse<WorkspaceMetrics>(page, "workspaces.metrics", () => ({
    points: Array.from({ length: 350 }, (_, step) => ({ at: ago((350 - step) * SAMPLE_SECONDS), ...usageAt(step, 1) })),
    restarts: [ago(1_900)],
  }));
}

/** Makes one API procedure fail. */
export async function failProcedure(page: Page, procedure: string): Promise<void> {
  await page.route(
    (url) => url.pathname === `/trpc/${procedure}`,
    (route) => route.abort(),
  );
}

async function rewriteResponse<T extends object>(
  page: Page,
  procedure: string,
  rewrite: (data: T) => T,
): Promise<void> {
  await page.route(
    (url) => url.pathname === `/trpc/${procedure}`,
    async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { result: { data: T } };
      await route.fulfill({ response, json: { result: { data: rewrite(body.result.data) } } });
    },
  );
}
