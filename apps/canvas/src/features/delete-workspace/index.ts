export { DeleteDialog } from "./delete-dialog.tsx";
export { DeletionList, EraseChoice } from "./deletion-list.tsx";
export { UndoDelete } from "./undo-delete.tsx";
