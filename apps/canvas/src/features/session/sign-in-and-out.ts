"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";

/** Exchanges a token for a session cookie. @throws the server's error, as `{ problem }`. */
async function postSession(token: string): Promise<void> {
  const response = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token }),
  });
  if (response.ok) return;
  throw await response.json().catch(() => new Error(`POST /session returned ${response.status}`));
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: postSession, onSuccess: () => queryClient.resetQueries() });
}

export function useSignOut() {
  return useMutation({
    mutationFn: async () => {
      const response = await fetch("/session", { method: "DELETE" });
      if (!response.ok)
        throw await response.json().catch(() => new Error(`DELETE /session returned ${response.status}`));
    },
    // Nothing of the session may stay in memory.
    onSuccess: () => window.location.reload(),
  });
}
