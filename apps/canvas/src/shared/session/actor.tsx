"use client";

import type { Actor } from "@berth/domain";
import { createContext, type ReactNode, use } from "react";

const ActorContext = createContext<Actor | null>(null);

export const ActorProvider = ({ actor, children }: { actor: Actor; children: ReactNode }) => (
  <ActorContext value={actor}>{children}</ActorContext>
);

/** The signed-in actor. Available only below the sign-in gate. */
export function useActor(): Actor {
  const actor = use(ActorContext);
  if (!actor) throw new Error("useActor needs an ActorProvider above it.");
  return actor;
}
