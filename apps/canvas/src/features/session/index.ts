export { SignIn } from "./lazy-sign-in.tsx";
export { useSession } from "./queries.ts";
export { useSignOut } from "./sign-in-and-out.ts";
