import type { BackendKind, ExpectedDuration, SecondsRange } from "@berth/domain";
import { BACKEND_NAMES } from "../workspace/backend-names.ts";

/** `1 to 3 minutes`, `20 to 90 seconds`, `a few seconds`. */
export function rangeText({ fromSeconds, toSeconds }: SecondsRange): string {
  if (toSeconds <= 5) return "a few seconds";
  if (toSeconds <= 90) return same(round(fromSeconds, 5), round(toSeconds, 5), "second");
  return same(Math.max(1, Math.round(fromSeconds / 60)), Math.ceil(toSeconds / 60), "minute");
}

const round = (value: number, step: number): number => Math.max(step, Math.round(value / step) * step);

const same = (from: number, to: number, unit: string): string =>
  from >= to ? `about ${to} ${unit}${to === 1 ? "" : "s"}` : `${from} to ${to} ${unit}s`;

/** The duration and its basis: `usually 1 to 3 minutes`, `… on EC2`, `typically … on EC2`. */
export function durationText(duration: ExpectedDuration, backend: BackendKind): string {
  const range = rangeText(duration);
  switch (duration.basis) {
    case "workspace":
      return `usually ${range}`;
    case "backend":
      return `usually ${range} ${where(backend)}`;
    case "stated":
      return `typically ${range} ${where(backend)}`;
  }
}

const where = (backend: BackendKind): string =>
  backend === "local" ? "on this machine" : `on ${BACKEND_NAMES[backend]}`;
