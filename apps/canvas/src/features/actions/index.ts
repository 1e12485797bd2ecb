export { ConfirmVerbDialog } from "./confirm-verb-dialog.tsx";
export { RequestVerb } from "./request-verb.tsx";
export { useVerb } from "./use-verb.ts";
export { explainVerb, losesData, VERB_LABELS } from "./verbs.ts";
export { WorkspaceMenuItems } from "./workspace-menu-items.tsx";
