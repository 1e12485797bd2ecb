export { DeleteDialog } from "./delete-dialog.tsx";
export { DoomedList, EraseChoice } from "./doomed-list.tsx";
