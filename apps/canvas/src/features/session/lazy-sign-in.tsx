"use client";

import dynamic from "next/dynamic";

/** Most visits are signed in already. */
export const SignIn = dynamic(() => import("./sign-in.tsx").then((module) => module.SignIn));
