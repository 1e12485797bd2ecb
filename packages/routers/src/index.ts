export { type AppRouter, appRouter } from "./app-router.ts";
export { admit, type RequestContext } from "./context.ts";
export { badInput, errorShape, problemOf, problemOfUnexpected } from "./problems.ts";
export { isSubscription, methodsOfProcedure } from "./procedure-definition.ts";
export { refuseSubscription } from "./refuse-subscription.ts";
