export { type AppRouter, appRouter } from "./app-router.ts";
export { admit, type RequestContext } from "./context.ts";
export { problemOf } from "./problems.ts";
