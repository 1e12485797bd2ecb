export { CreateDialog } from "./create-dialog.tsx";
