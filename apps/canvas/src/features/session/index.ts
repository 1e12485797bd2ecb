export { useSession, useSignOut } from "./queries.ts";
export { SignIn } from "./sign-in.tsx";
