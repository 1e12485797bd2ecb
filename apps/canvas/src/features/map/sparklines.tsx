"use client";

import { METRICS } from "@berth/domain";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPC } from "#shared/api/trpc.tsx";
import { formatBytes } from "#shared/text/format.ts";
import { setMetrics, useMetricsOf, type WorkspaceMetrics } from "./metrics-store.ts";
import { lastOf, SPARK, sparkLine, topOf } from "./spark-line.ts";

/** One request a minute for all cards, and none while the page is hidden: measurements have no event. */
const POLL_MILLISECONDS = 60_000;
/** A short delay, so that the cards load first. */
const FIRST_POLL_DELAY_MILLISECONDS = 100;
/** Within the first minute there is not enough data for a line. */
const SAMPLES_MIN = 6;
const CPU_LEAST_TOP = 100;
const MEMORY_LEAST_TOP = 64e6;

/** Mount once beside the map. */
export function useSparkSource(): void {
  const [isTime, setIsTime] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsTime(true), FIRST_POLL_DELAY_MILLISECONDS);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery(
    useTRPC().canvas.metrics.queryOptions(
      {},
      {
        enabled: isTime,
        refetchInterval: POLL_MILLISECONDS,
        staleTime: POLL_MILLISECONDS / 2,
        structuralSharing: false,
        retry: false,
      },
    ),
  );
  useEffect(() => {
    if (data) setMetrics(data.workspaces);
  }, [data]);
}

/** CPU above, memory below, for the last minutes. Hidden from screen readers, because the panel shows the numbers. */
export function Sparklines({ id }: { id: string }) {
  const metrics = useMetricsOf(id);
  if (!metrics || metrics.memoryBytes.length < SAMPLES_MIN) return null;
  return (
    <svg
      aria-hidden
      width={SPARK.width}
      height={SPARK.height * 2 + 2}
      fill="none"
      strokeWidth={1.5}
      strokeLinejoin="round"
      className="mt-0.5 shrink-0"
    >
      <title>{describe(metrics)}</title>
      <path d={line(metrics.cpuPercent, CPU_LEAST_TOP)} stroke="var(--accent)" />
      <path
        d={line(metrics.memoryBytes, MEMORY_LEAST_TOP)}
        stroke="var(--ink-faint)"
        transform={`translate(0 ${SPARK.height + 2})`}
      />
    </svg>
  );
}

const line = (values: readonly (number | null)[], least: number): string =>
  sparkLine(values, METRICS.canvasSamples, topOf(values, least));

function describe({ cpuPercent, memoryBytes }: WorkspaceMetrics): string {
  const [cpu, memory] = [lastOf(cpuPercent), lastOf(memoryBytes)];
  return `CPU ${cpu === null ? "unknown" : `${Math.round(cpu)} % of one core`}, memory ${memory === null ? "unknown" : formatBytes(memory)}. The last five minutes.`;
}
