"use client";

import {
  type BackendKind,
  isLive,
  METRICS,
  METRICS_RANGES,
  type MetricsPoint,
  type MetricsRange,
  type Workspace,
} from "@berth/domain";
import { useServerNow } from "#shared/clock/clock-store.ts";
import { useKept } from "#shared/storage/use-kept.ts";
import { formatBytes } from "#shared/text/format.ts";
import { cx } from "#shared/ui/cx.ts";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { Skeleton } from "#shared/ui/skeleton.tsx";
import { useUrlPart } from "#shared/url/use-url-state.ts";
import { Chart } from "./chart.tsx";
import type { ChartPoint } from "./chart-geometry.ts";
import { useMetrics } from "./queries.ts";

const RANGES: Record<MetricsRange, { label: string; seconds: number; everySeconds: number }> = {
  hour: { label: "Last hour", seconds: METRICS.samplesKeptSeconds, everySeconds: METRICS.sampleSeconds },
  day: { label: "Last day", seconds: METRICS.averagesKeptSeconds, everySeconds: METRICS.averageSeconds },
};
/** Two missing points do not break the line: a busy daemon responds late. */
const GAP_POINTS = 3;

/** What the numbers cover: a whole machine, a container, or processes on a shared machine. */
const GROUND: Record<BackendKind, { disk: string; note: string | null }> = {
  ec2: { disk: "Disk", note: null },
  docker: {
    disk: "Saved data",
    note: "Usage of the container. Saved data is measured on the volume every five minutes.",
  },
  local: {
    disk: "Saved data",
    note: "Usage of its processes on this host. Saved data is measured on the volume every five minutes.",
  },
  memory: { disk: "Disk", note: "Usage of the server, because this backend starts no machines." },
};

const CHARTS = [
  { title: "CPU", key: "cpuPercent", leastTop: 100, format: (value: number) => `${Math.round(value)} % of one core` },
  { title: "Memory", key: "memoryBytes", leastTop: 100e6, format: formatBytes },
  { title: "Disk", key: "diskUsedBytes", leastTop: 10e6, format: formatBytes },
] as const satisfies readonly { title: string; key: keyof MetricsPoint; leastTop: number; format: unknown }[];

/** The machine's usage, and when it was restarted. */
export function Metrics({ workspace }: { workspace: Workspace }) {
  const [range, setRange] = useKept<MetricsRange>(`metrics:${workspace.id}`, METRICS_RANGES, "hour");
  const isShown = useUrlPart((state) => state.tab === "details");
  const metrics = useMetrics(workspace.id, range, isShown);
  const { seconds, everySeconds } = RANGES[range];
  const now = useServerNow();
  const { disk, note } = GROUND[workspace.backend];
  const { points = [], restarts = [] } = metrics.data ?? {};
  // Redraws with every point instead of every second.
  const to = Math.ceil(now / (everySeconds * 1000)) * everySeconds * 1000;

  if (metrics.error && !metrics.data)
    return <ErrorNotice error={metrics.error} onRetry={() => void metrics.refetch()} isRetrying={metrics.isFetching} />;
  return (
    <div>
      {/* biome-ignore lint/a11y/useSemanticElements: two buttons in a row cannot be a fieldset. */}
      <div role="group" aria-label="Time range" className="mb-3 flex w-fit rounded-md border border-line p-0.5">
        {METRICS_RANGES.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === range}
            onClick={() => setRange(one)}
            className={cx(
              "rounded px-2.5 py-1 text-[13px]",
              one === range ? "bg-accent-soft font-medium text-accent" : "text-ink-soft hover:text-ink",
            )}
          >
            {RANGES[one].label}
          </button>
        ))}
      </div>
      {metrics.data ? (
        <div className="grid gap-4 @lg:grid-cols-3">
          {CHARTS.map(({ title, key, leastTop, format }) => (
            <Chart
              key={key}
              title={key === "diskUsedBytes" ? disk : title}
              points={points.map((point): ChartPoint => ({ at: Date.parse(point.at), value: point[key] }))}
              restarts={restarts.map(Date.parse)}
              from={to - seconds * 1000}
              to={to}
              leastTop={leastTop}
              gapMilliseconds={GAP_POINTS * everySeconds * 1000}
              format={format}
            />
          ))}
        </div>
      ) : (
        <Skeleton className="h-24" />
      )}
      {metrics.data && points.length === 0 && (
        <p className="mt-2 text-[13px] text-ink-soft">
          {isLive(workspace.status)
            ? "No measurements yet."
            : "No measurements in this range, because no machine was running."}
        </p>
      )}
      {note && points.length > 0 && <p className="mt-2 text-[13px] text-ink-faint">{note}</p>}
      {restarts.length > 0 && <p className="mt-2 text-[13px] text-ink-faint">Dashed lines mark restarts.</p>}
    </div>
  );
}
