export { PortsTab } from "./ports-tab.tsx";
