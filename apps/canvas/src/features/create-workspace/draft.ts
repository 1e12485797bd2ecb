import {
  type BackendKind,
  type CreateWorkspaceInput,
  createWorkspaceInput,
  type DataPersistence,
  type RuntimeId,
} from "@berth/domain";

/** The form as typed: fields are text, so partial input is kept. */
export interface CreateDraft {
  name: string;
  role: string;
  parentId: string;
  backend: BackendKind | "";
  runtime: RuntimeId;
  model: string;
  image: string;
  tier: string;
  cpus: string;
  memoryMb: string;
  instanceType: string;
  diskGb: string;
  dataPersistence: DataPersistence;
}

export const EMPTY_DRAFT: CreateDraft = {
  name: "",
  role: "",
  parentId: "",
  backend: "",
  runtime: "shell",
  model: "",
  image: "",
  tier: "",
  cpus: "",
  memoryMb: "",
  instanceType: "",
  diskGb: "",
  dataPersistence: "auto",
};

export type DraftField = keyof CreateDraft;
export type DraftErrors = Partial<Record<DraftField, string>>;

interface Checked {
  input: CreateWorkspaceInput | null;
  errors: DraftErrors;
}

/** Validates with the server's schema; each error belongs to the field that caused it. */
export function checkDraft(draft: CreateDraft, position: { x: number; y: number }): Checked {
  const parsed = createWorkspaceInput.safeParse(inputOf(draft, position));
  if (parsed.success) return { input: parsed.data, errors: {} };
  const errors: DraftErrors = {};
  for (const issue of parsed.error.issues) {
    const field = issue.path.at(-1);
    if (typeof field === "string" && field in draft) errors[field as DraftField] ??= sentence(field, issue.message);
  }
  return { input: null, errors };
}

const inputOf = (draft: CreateDraft, position: { x: number; y: number }) => ({
  name: draft.name,
  runtime: draft.runtime,
  position,
  ...present("role", draft.role),
  ...present("parentId", draft.parentId),
  ...present("model", draft.model),
  ...presentNumber("tier", draft.tier),
  compute: {
    ...present("backend", draft.backend),
    ...present("image", draft.image),
    ...presentNumber("cpus", draft.cpus),
    ...presentNumber("memoryMb", draft.memoryMb),
    ...present("instanceType", draft.instanceType),
    ...presentNumber("diskGb", draft.diskGb),
    dataPersistence: draft.dataPersistence,
  },
});

const present = (key: string, text: string) => (text.trim() === "" ? {} : { [key]: text.trim() });
const presentNumber = (key: string, text: string) =>
  text.trim() === "" ? {} : { [key]: Number(text.replace(",", ".")) };

const NUMBER_WORDS: Partial<Record<string, string>> = {
  cpus: "Enter a number of CPUs from 0.1 to 128.",
  memoryMb: "Enter a whole number of MB, at least 128.",
  diskGb: "Enter a whole number of GiB from 1 to 16384.",
};

/** The schema's messages about numbers are too technical to show. */
const sentence = (field: string, message: string): string => NUMBER_WORDS[field] ?? message;
