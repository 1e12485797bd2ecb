"use client";

import { type BackendKind, type CanvasNode, type Capabilities, defaultModel, type RuntimeId } from "@berth/domain";
import type { ReactNode, RefObject } from "react";
import { Ec2Fields } from "#shared/settings/ec2-fields.tsx";
import { SizeField } from "#shared/settings/size-field.tsx";
import { SelectField, TextField } from "#shared/ui/field.tsx";
import { RadioCards } from "#shared/ui/radio-cards.tsx";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceOptions } from "#shared/workspace/persistence-text.ts";
import type { CreateDraft, DraftErrors } from "./draft.ts";

interface SystemFacts {
  backends: readonly {
    kind: BackendKind;
    default: boolean;
    capabilities: Capabilities;
    healthy: boolean;
    reason: string | null;
  }[];
  runtimes: readonly { id: string; title: string; backends: readonly BackendKind[] }[];
  defaultTier: number;
  graceHours: number;
}

/** Options that other backends may not offer. */
const NEW_BACKEND = {
  image: "",
  instanceType: "",
  diskGb: "",
  runtime: "shell",
} as const satisfies Partial<CreateDraft>;

interface CreateFieldsProps {
  draft: CreateDraft;
  nameInput: RefObject<HTMLInputElement | null>;
  errors: DraftErrors;
  /** The error when another workspace has this name. */
  nameTaken: ReactNode;
  system: SystemFacts;
  nodes: readonly CanvasNode[];
  onChange: (part: Partial<CreateDraft>) => void;
}

export function CreateFields({ draft, nameInput, errors, nameTaken, system, nodes, onChange }: CreateFieldsProps) {
  const chosen = system.backends.find((backend) => (draft.backend ? backend.kind === draft.backend : backend.default));
  const unhealthy = system.backends.filter((backend) => !backend.healthy);
  const runtimes = system.runtimes.filter(({ backends }) => chosen && backends.includes(chosen.kind));
  const mayHaveParent = nodes.filter((node) => node.status !== "deleting");
  return (
    <>
      <TextField
        ref={nameInput}
        label="Name"
        value={draft.name}
        error={errors.name ?? nameTaken}
        onChange={(event) => onChange({ name: event.target.value })}
        required
        aria-required
      />
      <TextField
        label="Role (optional)"
        value={draft.role}
        error={errors.role}
        onChange={(event) => onChange({ role: event.target.value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label="Backend"
          value={chosen?.kind ?? ""}
          error={errors.backend}
          hint={backendHint(chosen, unhealthy)}
          onChange={(backend) => onChange({ ...NEW_BACKEND, backend: backend as BackendKind })}
          options={system.backends.map(({ kind, healthy }) => ({
            value: kind,
            label: healthy ? BACKEND_NAMES[kind] : `${BACKEND_NAMES[kind]} (not available)`,
            disabled: !healthy,
          }))}
        />
        <SizeField tier={draft.tier || String(system.defaultTier)} error={errors.tier} onChange={onChange} />
        <SelectField
          label="Runtime"
          value={draft.runtime}
          error={errors.runtime}
          hint={draft.runtime === "shell" ? "Runs no agent." : undefined}
          onChange={(runtime) => onChange({ runtime: runtime as RuntimeId })}
          options={runtimes.map(({ id, title }) => ({ value: id, label: title }))}
        />
        <TextField
          label="Model (optional)"
          value={draft.model}
          error={errors.model}
          placeholder={defaultModel(draft.runtime)}
          onChange={(event) => onChange({ model: event.target.value })}
        />
      </div>
      {chosen?.kind === "ec2" && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Ec2Fields
            tier={Number(draft.tier || system.defaultTier)}
            instanceType={draft.instanceType}
            diskGb={draft.diskGb}
            errors={errors}
            disk={draft.dataPersistence === "ephemeral" ? "machine" : "volume"}
            onChange={onChange}
          />
        </div>
      )}
      <RadioCards
        legend="Saved data"
        value={draft.dataPersistence}
        onChange={(dataPersistence) => onChange({ dataPersistence })}
        options={persistenceOptions(system.graceHours)}
      />
      <details
        className="rounded-md border border-line px-3 py-2"
        open={Boolean(errors.image ?? errors.cpus ?? errors.memoryMb) || undefined}
      >
        <summary className="text-[13px] font-medium">More options</summary>
        <div className="mt-3 grid gap-4 pb-1 sm:grid-cols-2">
          {chosen?.capabilities.images && (
            <div className="sm:col-span-2">
              <TextField
                label="Image (optional)"
                value={draft.image}
                error={errors.image}
                placeholder="name:tag"
                hint="Any glibc image. The default is set by the server."
                onChange={(event) => onChange({ image: event.target.value })}
              />
            </div>
          )}
          <TextField
            label="CPUs (optional)"
            inputMode="decimal"
            value={draft.cpus}
            error={errors.cpus}
            hint="Overrides the size."
            onChange={(event) => onChange({ cpus: event.target.value })}
          />
          <TextField
            label="Memory in MB (optional)"
            inputMode="numeric"
            value={draft.memoryMb}
            error={errors.memoryMb}
            hint="Overrides the size."
            onChange={(event) => onChange({ memoryMb: event.target.value })}
          />
          {mayHaveParent.length > 0 && (
            <div className="sm:col-span-2">
              <SelectField
                label="Team"
                value={draft.parentId}
                error={errors.parentId}
                onChange={(parentId) => onChange({ parentId })}
                options={[
                  { value: "", label: "No team" },
                  ...mayHaveParent.map((node) => ({ value: node.id, label: `Team of ${node.name}` })),
                ]}
              />
            </div>
          )}
        </div>
      </details>
    </>
  );
}

function backendHint(
  chosen: SystemFacts["backends"][number] | undefined,
  unhealthy: SystemFacts["backends"],
): string | undefined {
  const away = unhealthy.map(({ kind, reason }) => `${BACKEND_NAMES[kind]}: ${reason ?? "Not responding."}`);
  const warning =
    chosen && !chosen.capabilities.isolation ? ["No isolation: programs in this workspace can access the host."] : [];
  const words = [...warning, ...away];
  return words.length > 0 ? words.join(" ") : undefined;
}
