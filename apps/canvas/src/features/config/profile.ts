import {
  type ConfigureWorkspaceInput,
  configureWorkspaceInput,
  RUNTIMES,
  type UpdateWorkspaceInput,
  updateWorkspaceInput,
  type Workspace,
} from "@berth/domain";
import type { SettingChange } from "#shared/settings/change-list.tsx";
import { tierLabel } from "#shared/workspace/tier-label.ts";

/** The form's fields as text. An empty role or parent means none; an empty model is not sent. */
export interface Profile {
  name: string;
  role: string;
  parentId: string;
  runtime: string;
  model: string;
  tier: string;
}

export type ProfileField = keyof Profile;
export type ProfileErrors = Partial<Record<ProfileField, string>>;

export const profileOf = ({ name, role, parentId, runtime, model, tier }: Workspace): Profile => ({
  name,
  role: role ?? "",
  parentId: parentId ?? "",
  runtime,
  model,
  tier: String(tier),
});

const LABELS: Record<ProfileField, string> = {
  name: "Name",
  role: "Role",
  parentId: "Team",
  runtime: "Runtime",
  model: "Model",
  tier: "Tier",
};
const FIELDS = Object.keys(LABELS) as ProfileField[];

/** The settings that a machine is created with: they change at the next restart. The others change at once. */
const OF_THE_MACHINE: ReadonlySet<string> = new Set<ProfileField>(["runtime", "model", "tier"]);

export const needRestart = (changes: readonly SettingChange[]): boolean =>
  changes.some(({ name }) => OF_THE_MACHINE.has(name));

/** The changes that saving would make, old and new, for display. `nameOf` returns a parent's name. */
export function changesBetween(
  saved: Profile,
  draft: Profile,
  nameOf: (id: string) => string | undefined,
): SettingChange[] {
  const words = (profile: Profile, field: ProfileField): string => {
    const value = profile[field].trim();
    if (field === "role") return value === "" ? "none" : value;
    if (field === "parentId") return value === "" ? "no team" : (nameOf(value) ?? "a deleted workspace");
    if (field === "tier") return tierLabel(Number(value));
    if (field === "runtime") return value in RUNTIMES ? RUNTIMES[value as keyof typeof RUNTIMES].title : value;
    return value;
  };
  return FIELDS.filter((field) => saved[field].trim() !== draft[field].trim()).map((field) => ({
    name: field,
    label: LABELS[field],
    before: words(saved, field),
    after: words(draft, field),
  }));
}

export interface Checked {
  /** Null when nothing of this kind changed, or when a value is invalid. */
  update: UpdateWorkspaceInput | null;
  configure: ConfigureWorkspaceInput | null;
  errors: ProfileErrors;
}

/** The two requests of a save, each with only its changes, validated with the server's schemas. */
export function inputsFor(id: string, saved: Profile, draft: Profile): Checked {
  const changed = (field: ProfileField) => saved[field].trim() !== draft[field].trim();
  const pick = <T>(field: ProfileField, value: T) => (changed(field) ? { [field]: value } : {});
  const update = updateWorkspaceInput.safeParse({
    id,
    ...pick("name", draft.name),
    ...pick("role", draft.role.trim() || null),
    ...pick("parentId", draft.parentId || null),
  });
  const configure = configureWorkspaceInput.safeParse({
    id,
    ...pick("runtime", draft.runtime),
    ...pick("model", draft.model),
    ...pick("tier", Number(draft.tier)),
  });
  const errors: ProfileErrors = {};
  for (const issue of [...(update.error?.issues ?? []), ...(configure.error?.issues ?? [])]) {
    const field = FIELDS.find((known) => known === issue.path[0]);
    if (field) errors[field] ??= field === "model" ? "A model needs a name of at most 200 characters." : issue.message;
  }
  const sends = (fields: readonly ProfileField[]) => fields.some(changed) && Object.keys(errors).length === 0;
  return {
    update: update.success && sends(["name", "role", "parentId"]) ? update.data : null,
    configure: configure.success && sends(["runtime", "model", "tier"]) ? configure.data : null,
    errors,
  };
}
