export { type AppRouter, appRouter } from "./app-router.ts";
export { callProcedure, inputOfProcedure, problemOfCall } from "./call.ts";
export { admit, type RequestContext, type StateDisk } from "./context.ts";
export { badInput, errorShape, problemOf, problemOfUnexpected } from "./problems.ts";
export { isSubscription, methodsOfProcedure, rejectSubscription } from "./procedure-definition.ts";
