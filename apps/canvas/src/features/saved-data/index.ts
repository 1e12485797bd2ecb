export { ReceiptDialog } from "./receipt-dialog.tsx";
export { SavedDataView } from "./saved-data-view.tsx";
