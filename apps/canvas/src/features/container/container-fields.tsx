"use client";

import type { BackendKind, Capabilities, Workspace } from "@berth/domain";
import { Ec2Fields } from "#shared/settings/ec2-fields.tsx";
import { SizeField } from "#shared/settings/size-field.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { RadioCards } from "#shared/ui/radio-cards.tsx";
import { BACKEND_NAMES } from "#shared/workspace/backend-names.ts";
import { persistenceOptions } from "#shared/workspace/persistence-text.ts";
import type { SettingErrors, Settings } from "./settings.ts";

interface ContainerFieldsProps {
  workspace: Workspace;
  system: { backends: readonly { kind: BackendKind; capabilities: Capabilities }[]; graceHours: number } | undefined;
  settings: Settings;
  errors: SettingErrors;
  isReadOnly: boolean;
  onChange: (part: Partial<Settings>) => void;
}

export function ContainerFields({ workspace, system, settings, errors, isReadOnly, onChange }: ContainerFieldsProps) {
  const capabilities = system?.backends.find((backend) => backend.kind === workspace.backend)?.capabilities;
  const graceHours = system?.graceHours ?? workspace.effectivePersistence.graceHours ?? 72;
  const current = { setting: workspace.compute.dataPersistence, hasVolume: workspace.volume !== null };
  return (
    <fieldset disabled={isReadOnly} className="grid gap-5">
      <legend className="sr-only">Machine and saved data</legend>
      <RadioCards
        legend="Saved data"
        value={settings.dataPersistence}
        onChange={(dataPersistence) => onChange({ dataPersistence })}
        options={persistenceOptions(graceHours, current)}
      />
      <dl>
        <dt className="text-[13px] font-medium">Backend</dt>
        <dd>
          {BACKEND_NAMES[workspace.backend]}
          <span className="text-ink-faint"> (set at creation)</span>
          {capabilities && !capabilities.isolation && (
            <p className="text-[13px] text-warn">No isolation: programs in this workspace can access the host.</p>
          )}
        </dd>
      </dl>
      <div className="grid gap-4 @md:grid-cols-2">
        <SizeField
          tier={settings.tier}
          error={errors.tier}
          hint={capabilities && !capabilities.resourceLimits ? "This backend does not enforce limits." : undefined}
          onChange={onChange}
        />
        {capabilities?.images && (
          <TextField
            label="Image"
            value={settings.image}
            error={errors.image}
            placeholder="Server default"
            onChange={(event) => onChange({ image: event.target.value })}
          />
        )}
        <TextField
          label="CPUs"
          inputMode="decimal"
          value={settings.cpus}
          error={errors.cpus}
          placeholder="From size"
          onChange={(event) => onChange({ cpus: event.target.value })}
        />
        <TextField
          label="Memory in MB"
          inputMode="numeric"
          value={settings.memoryMb}
          error={errors.memoryMb}
          placeholder="From size"
          onChange={(event) => onChange({ memoryMb: event.target.value })}
        />
        {workspace.backend === "ec2" && (
          <Ec2Fields
            tier={Number(settings.tier)}
            instanceType={settings.instanceType}
            diskGb={settings.diskGb}
            errors={errors}
            disk={workspace.volume ? "made" : settings.dataPersistence === "ephemeral" ? "machine" : "volume"}
            onChange={onChange}
          />
        )}
      </div>
    </fieldset>
  );
}
