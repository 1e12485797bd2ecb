export { DetailsTab } from "./details-tab.tsx";
