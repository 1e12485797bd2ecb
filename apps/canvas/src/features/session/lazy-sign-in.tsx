"use client";

import { lazyPart } from "#shared/ui/lazy-part.tsx";

/** Loaded on demand: most visits are signed in already. */
export const SignIn = lazyPart(() => import("./sign-in.tsx").then((module) => module.SignIn));
