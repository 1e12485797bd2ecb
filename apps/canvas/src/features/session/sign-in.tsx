"use client";

import { Anchor } from "lucide-react";
import { type FormEvent, useState } from "react";
import { problemOf } from "#shared/api/problem.ts";
import { describeError } from "#shared/api/problem-help.ts";
import { Button } from "#shared/ui/button.tsx";
import { TextField } from "#shared/ui/field.tsx";
import { useSignIn } from "./sign-in-and-out.ts";

/** Shown without a session: how to sign in, and a field for a token. */
export function SignIn() {
  const [token, setToken] = useState("");
  const [isMissing, setIsMissing] = useState(false);
  const signIn = useSignIn();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsMissing(token.trim() === "");
    if (token.trim() !== "") signIn.mutate(token.trim());
  };

  return (
    <main className="flex min-h-dvh items-center justify-center overflow-y-auto p-4">
      <form onSubmit={submit} className="w-full max-w-md rounded-xl border border-line bg-surface p-6 shadow-card">
        <Anchor aria-hidden className="mb-3 size-8 text-accent" />
        <h1 className="text-lg font-semibold">Sign in to Berth</h1>
        <p className="mt-1 text-ink-soft">
          Open the link that the server printed at startup:{" "}
          <code className="font-mono text-[13px]">Berth ready: …</code> It works once. A restart prints a new one.
        </p>
        <p className="mt-2 mb-4 text-ink-soft">Or paste the owner’s token or another token:</p>
        <TextField
          label="Token"
          type="password"
          autoComplete="current-password"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          error={isMissing && token.trim() === "" ? "Paste a token first." : refusal(signIn.error)}
        />
        <Button type="submit" kind="primary" isBusy={signIn.isPending} className="mt-4 w-full">
          Sign in
        </Button>
      </form>
    </main>
  );
}

function refusal(error: unknown): string | undefined {
  if (!error) return undefined;
  if (problemOf(error)?.code === "unauthenticated") return "Invalid token. Check that you copied all of it.";
  const { title, next } = describeError(error);
  return `${title} ${next}`;
}
