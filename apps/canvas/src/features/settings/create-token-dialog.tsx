"use client";

import { type CreateTokenInput, createTokenInput, type TokenKind } from "@berth/domain";
import { useRef, useState } from "react";
import { useSnapshot } from "#features/workspaces/index.ts";
import { Button } from "#shared/ui/button.tsx";
import { ConfirmDialog } from "#shared/ui/confirm-dialog.tsx";
import { CopyButton } from "#shared/ui/copy-button.tsx";
import { Dialog } from "#shared/ui/dialog.tsx";
import { ErrorNotice } from "#shared/ui/error-notice.tsx";
import { SelectField, TextField } from "#shared/ui/field.tsx";
import { FormDialog } from "#shared/ui/form-dialog.tsx";
import { RadioCards } from "#shared/ui/radio-cards.tsx";
import { useCreateToken } from "./queries.ts";

const KINDS: { value: TokenKind; title: string; text: string }[] = [
  { value: "org", title: "Org", text: "Everything except tokens. For programs that manage workspaces." },
  { value: "workspace", title: "Workspace", text: "Only the files and logs of one workspace." },
];

/** Creates a token and shows its secret once, because only its hash is stored. */
export function CreateTokenDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateToken();
  const secret = create.data?.secret;
  return secret === undefined ? (
    <TokenForm create={create} onClose={onClose} />
  ) : (
    <SecretDialog name={create.data?.token.name ?? ""} secret={secret} onClose={onClose} />
  );
}

function TokenForm({ create, onClose }: { create: ReturnType<typeof useCreateToken>; onClose: () => void }) {
  const nodes = useSnapshot().data?.nodes ?? [];
  const [kind, setKind] = useState<TokenKind>("org");
  const [name, setName] = useState("");
  const [workspaceId, setWorkspaceId] = useState(nodes[0]?.id ?? "");
  const [hasTried, setHasTried] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);

  const input: CreateTokenInput = kind === "org" ? { kind, name } : { kind, name, workspaceId };
  const parsed = createTokenInput.safeParse(input);
  const isNameMissing = hasTried && name.trim() === "";

  const submit = () => {
    setHasTried(true);
    if (parsed.success) create.mutate(parsed.data);
  };

  return (
    <FormDialog
      onClose={onClose}
      title="New token"
      initialFocus={nameInput}
      submitLabel="Create"
      isBusy={create.isPending}
      onSubmit={submit}
    >
      <TextField
        ref={nameInput}
        label="Name"
        hint="For example, the script that uses it."
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={isNameMissing ? "A token needs a name." : undefined}
      />
      <RadioCards legend="Access" value={kind} options={KINDS} onChange={setKind} />
      {kind === "workspace" && (
        <SelectField
          label="Workspace"
          value={workspaceId}
          onChange={setWorkspaceId}
          options={nodes.map((node) => ({ value: node.id, label: node.name }))}
          error={hasTried && workspaceId === "" ? "Create a workspace first." : undefined}
        />
      )}
      {create.error && <ErrorNotice error={create.error} />}
    </FormDialog>
  );
}

function SecretDialog({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  const done = useRef<HTMLButtonElement>(null);
  const [isLeaving, setIsLeaving] = useState(false);
  if (isLeaving) {
    return (
      <ConfirmDialog
        isOpen
        title={`Close without copying the secret of ${name}?`}
        confirmLabel="Close"
        isDangerous
        onConfirm={onClose}
        onClose={() => setIsLeaving(false)}
      >
        It cannot be shown again. Cancel to go back and copy it. Without the secret, the token is useless, so revoke it.
      </ConfirmDialog>
    );
  }
  return (
    <Dialog
      isOpen
      // Closes only with the button: Escape asks first, and a click outside does nothing.
      onClose={() => setIsLeaving(true)}
      role="alertdialog"
      title={`Secret of ${name}`}
      description="Copy it now. It is shown only once."
      initialFocus={done}
      footer={
        <Button ref={done} kind="primary" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="mb-2 flex items-start gap-2 rounded-md bg-sunken py-2 pr-2 pl-3">
        <code data-testid="token-secret" className="min-w-0 flex-1 py-1 font-mono text-[13px] break-all select-all">
          {secret}
        </code>
        <CopyButton text={secret} label="Copy secret" />
      </div>
    </Dialog>
  );
}
