export { type AppRouter, appRouter } from "./app-router.ts";
export { admit, type RequestContext } from "./context.ts";
export { errorShape, INTERNAL_PROBLEM, problemOf } from "./problems.ts";
