export { RestoreDialog } from "./restore-dialog.tsx";
