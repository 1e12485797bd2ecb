export { EventsTab } from "./events-tab.tsx";
