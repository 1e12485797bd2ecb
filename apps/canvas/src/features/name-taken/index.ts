export { NameTakenNote } from "./name-taken-note.tsx";
export { useNameTaken } from "./use-name-taken.ts";
