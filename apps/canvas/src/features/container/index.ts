export { ContainerTab } from "./container-tab.tsx";
