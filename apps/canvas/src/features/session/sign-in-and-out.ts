"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

/** Exchanges a token for a session cookie. @throws the server's error, as `{ problem }`. */
async function postSession(token: string): Promise<void> {
  const answer = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (answer.ok) return;
  throw await answer.json().catch(() => new Error(`POST /session answered ${answer.status}`));
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: postSession, onSuccess: () => queryClient.resetQueries() });
}

export function useSignOut() {
  return useMutation({
    mutationFn: async () => {
      const answer = await fetch("/session", { method: "DELETE" });
      if (!answer.ok) throw await answer.json().catch(() => new Error(`DELETE /session answered ${answer.status}`));
    },
    // Nothing of the session may stay in memory.
    onSuccess: () => window.location.reload(),
  });
}
