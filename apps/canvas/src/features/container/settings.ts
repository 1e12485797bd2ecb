import {
  type ConfigureWorkspaceInput,
  configureWorkspaceInput,
  type DataPersistence,
  type Workspace,
} from "@berth/domain";
import type { SettingChange } from "#shared/settings/change-list.tsx";
import { persistenceTitle } from "#shared/workspace/persistence-text.ts";
import { tierLabel } from "#shared/workspace/tier-label.ts";

/** The form's fields as text; an empty one means the default. */
export interface Settings {
  tier: string;
  image: string;
  cpus: string;
  memoryMb: string;
  instanceType: string;
  diskGb: string;
  dataPersistence: DataPersistence;
}

export type SettingName = keyof Settings;
export type SettingErrors = Partial<Record<SettingName, string>>;

export const settingsOf = ({ tier, compute }: Workspace): Settings => ({
  tier: String(tier),
  image: compute.image ?? "",
  cpus: compute.cpus === undefined ? "" : String(compute.cpus),
  memoryMb: compute.memoryMb === undefined ? "" : String(compute.memoryMb),
  instanceType: compute.instanceType ?? "",
  diskGb: compute.diskGb === undefined ? "" : String(compute.diskGb),
  dataPersistence: compute.dataPersistence,
});

const LABELS: Record<SettingName, string> = {
  tier: "Size",
  image: "Image",
  cpus: "CPUs",
  memoryMb: "Memory",
  instanceType: "Instance type",
  diskGb: "Disk",
  dataPersistence: "Saved data",
};
const NAMES = Object.keys(LABELS) as SettingName[];

/** The changes that saving would make, old and new, for display. Empty when nothing differs. */
export function changesBetween(saved: Settings, draft: Settings): SettingChange[] {
  return NAMES.filter((name) => saved[name].trim() !== draft[name].trim()).map((name) => ({
    name,
    label: LABELS[name],
    before: words(saved, name),
    after: words(draft, name),
  }));
}

function words(settings: Settings, name: SettingName): string {
  switch (name) {
    case "dataPersistence":
      return persistenceTitle(settings.dataPersistence);
    case "tier":
      return tierLabel(Number(settings.tier));
    case "memoryMb":
      return settings.memoryMb.trim() === "" ? "from size" : `${settings.memoryMb.trim()} MB`;
    case "diskGb":
      return settings.diskGb.trim() === "" ? "default" : `${settings.diskGb.trim()} GiB`;
    case "cpus":
      return settings.cpus.trim() === "" ? "from size" : settings.cpus.trim();
    default:
      return settings[name].trim() === "" ? "default" : settings[name].trim();
  }
}

interface Checked {
  input: ConfigureWorkspaceInput | null;
  errors: SettingErrors;
}

/** Sends only changes, validated with the server's schema. An emptied field resets to its default (null). */
export function configureInput(id: string, saved: Settings, draft: Settings): Checked {
  const changed = new Set(changesBetween(saved, draft).map((change) => change.name));
  const pick = <T>(name: SettingName, value: T) => (changed.has(name) ? { [name]: value } : {});
  const parsed = configureWorkspaceInput.safeParse({
    id,
    ...pick("tier", Number(draft.tier)),
    compute: {
      ...pick("image", draft.image.trim() || null),
      ...pick("cpus", numberOrNull(draft.cpus)),
      ...pick("memoryMb", numberOrNull(draft.memoryMb)),
      ...pick("instanceType", draft.instanceType.trim() || null),
      ...pick("diskGb", numberOrNull(draft.diskGb)),
      ...pick("dataPersistence", draft.dataPersistence),
    },
  });
  if (parsed.success) return { input: parsed.data, errors: {} };
  const errors: SettingErrors = {};
  for (const issue of parsed.error.issues) {
    const name = NAMES.find((known) => known === issue.path.at(-1));
    if (name) errors[name] ??= ERROR_WORDS[name] ?? issue.message;
  }
  return { input: null, errors };
}

const numberOrNull = (text: string) => (text.trim() === "" ? null : Number(text.trim().replace(",", ".")));

const ERROR_WORDS: SettingErrors = {
  cpus: "Enter a number of CPUs from 0.1 to 128.",
  memoryMb: "Enter a whole number of MB, at least 128.",
  diskGb: "Enter a whole number of GiB from 1 to 16384.",
};
