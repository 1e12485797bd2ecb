"use client";

import type { BackendKind, Capabilities } from "@berth/domain";
import { Check, CircleCheck, CircleX, Minus, RefreshCw } from "lucide-react";
import { Button } from "#shared/ui/button.tsx";
import { cx } from "#shared/ui/cx.ts";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { TONE_BADGE } from "#shared/workspace/status.ts";
import { Section } from "./section.tsx";

interface BackendEntry {
  kind: BackendKind;
  default: boolean;
  capabilities: Capabilities;
  healthy: boolean;
  reason: string | null;
}

/** Each backend with what its workspaces can and cannot do. */
const CAPABILITY_TEXTS: Record<keyof Omit<Capabilities, "homeSnapshot">, string> = {
  isolation: "Isolation from other workspaces and the host",
  resourceLimits: "Enforced CPU and memory limits",
  ownMachine: "Dedicated machine per workspace",
  pause: "Pause and resume",
  browseStopped: "Files of stopped workspaces",
  images: "Custom container images",
  bootLog: "Boot log",
};

const CAPABILITIES = Object.keys(CAPABILITY_TEXTS) as (keyof typeof CAPABILITY_TEXTS)[];

interface BackendsProps {
  backends: readonly BackendEntry[];
  isFetching: boolean;
  onCheck: () => void;
}

export const Backends = ({ backends, isFetching, onCheck }: BackendsProps) => (
  <Section
    title="Backends"
    text="Where workspaces run, in order of preference."
    action={
      <Button size="small" isBusy={isFetching} onClick={onCheck} icon={<RefreshCw aria-hidden className="size-3.5" />}>
        Check now
      </Button>
    }
  >
    <ul className="grid gap-3">
      {backends.map((backend) => (
        <Backend key={backend.kind} {...backend} />
      ))}
    </ul>
  </Section>
);

const Backend = ({ kind, default: isDefault, capabilities, healthy, reason }: BackendEntry) => (
  <li className="rounded-md border border-line px-3 py-2.5">
    <div className="flex flex-wrap items-center gap-2">
      <h3 className="font-medium">{BACKEND_NAMES[kind]}</h3>
      {isDefault && <span className="text-[13px] text-ink-faint">default</span>}
      <span
        className={cx(
          "ml-auto inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium",
          healthy ? TONE_BADGE.ok : TONE_BADGE.bad,
        )}
      >
        {healthy ? <CircleCheck aria-hidden className="size-3.5" /> : <CircleX aria-hidden className="size-3.5" />}
        {healthy ? "Healthy" : "Not available"}
      </span>
    </div>
    {reason && <p className={cx("mt-1 text-[13px] break-words", healthy ? "text-ink-soft" : "text-bad")}>{reason}</p>}
    <ul
      aria-label={`Capabilities of ${BACKEND_NAMES[kind]}`}
      className="mt-2 grid gap-x-4 gap-y-1 text-[13px] sm:grid-cols-2"
    >
      {CAPABILITIES.map((capability) => (
        <Ability key={capability} text={CAPABILITY_TEXTS[capability]} isThere={capabilities[capability]} />
      ))}
    </ul>
  </li>
);

const Ability = ({ text, isThere }: { text: string; isThere: boolean }) => (
  <li className={cx("flex gap-1.5", isThere ? "text-ink-soft" : "text-ink-faint")}>
    {isThere ? (
      <Check aria-hidden className="mt-0.5 size-3.5 shrink-0 text-ok" />
    ) : (
      <Minus aria-hidden className="mt-0.5 size-3.5 shrink-0" />
    )}
    <span>
      {!isThere && <span className="font-medium">Not supported: </span>}
      {text}
    </span>
  </li>
);
