export { ContainerTab } from "./container-tab.tsx";
export { useConfigure } from "./queries.ts";
