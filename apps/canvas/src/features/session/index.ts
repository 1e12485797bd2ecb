export { SignIn } from "./lazy-sign-in.tsx";
export { useSession, useSignOut } from "./queries.ts";
