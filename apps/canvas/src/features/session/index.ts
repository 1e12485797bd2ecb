import { lazyPart } from "#shared/ui/lazy-part.tsx";

export { useSession } from "./queries.ts";
export { useSignOut } from "./sign-in-and-out.ts";

/** Loads on demand, because most visits are signed in already. */
export const SignIn = lazyPart(() => import("./sign-in.tsx").then((module) => module.SignIn));
