export { readEnv } from "./env.ts";
export { type RunningApi, startApi } from "./start-api.ts";
