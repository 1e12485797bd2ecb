export { SavedDataView } from "./saved-data-view.tsx";
