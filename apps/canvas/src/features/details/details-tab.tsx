"use client";

import { allowedVerbs, type LifecycleVerb, type Workspace } from "@berth/domain";
import { explainVerb, useVerb, VERB_LABELS } from "#features/actions/index.ts";
import { useExpectedDuration } from "#features/workspaces/index.ts";
import { durationText } from "#shared/operations/duration-text.ts";
import { Button } from "#shared/ui/button.tsx";
import { Facts } from "./facts.tsx";
import { Logs } from "./logs.tsx";
import { Metrics } from "./metrics.tsx";
import { Section } from "./section.tsx";

/** The workspace's facts, actions, metrics, logs and delete. */
export function DetailsTab({ workspace }: { workspace: Workspace }) {
  const verbs = allowedVerbs(workspace.status).filter((verb) => verb !== "delete");
  const canDelete = allowedVerbs(workspace.status).includes("delete");
  return (
    <div className="@container grid gap-6 p-4">
      {verbs.length > 0 && (
        <Section title="Actions">
          <ul className="grid gap-2">
            {verbs.map((verb) => (
              <VerbRow key={verb} verb={verb} workspace={workspace} />
            ))}
          </ul>
        </Section>
      )}
      <Section title="Overview">
        <Facts workspace={workspace} />
      </Section>
      <Section title="Usage">
        <Metrics workspace={workspace} />
      </Section>
      <Section title="Logs">
        <Logs workspace={workspace} />
      </Section>
      {canDelete && (
        <Section title="Danger zone">
          <ul className="rounded-lg border border-bad/40 p-3">
            <VerbRow verb="delete" workspace={workspace} isDangerous />
          </ul>
        </Section>
      )}
    </div>
  );
}

interface VerbRowProps {
  verb: LifecycleVerb;
  workspace: Workspace;
  isDangerous?: boolean;
}

/** Shorter durations are not worth announcing. */
const WORTH_SAYING_SECONDS = 10;

/** A button, with the verb's effect and what survives it. */
function VerbRow({ verb, workspace, isDangerous = false }: VerbRowProps) {
  const { request, pending } = useVerb(workspace);
  const { label, icon: Icon } = VERB_LABELS[verb];
  const expected = useExpectedDuration(workspace.id, verb);
  const textId = `verb-${verb}`;
  return (
    <li className="flex items-start gap-3">
      <Button
        kind={isDangerous ? "dangerPlain" : "plain"}
        size="small"
        isBusy={pending === verb}
        onClick={() => void request(verb)}
        icon={<Icon aria-hidden className="size-4" />}
        aria-describedby={textId}
        className="w-28 shrink-0"
      >
        {label}
      </Button>
      <p id={textId} className="pt-0.5 text-[13px] text-ink-soft">
        {explainVerb(verb, workspace.compute)}
        {verb === "delete" && workspace.volume && " You can also erase it."}
        {expected && expected.toSeconds > WORTH_SAYING_SECONDS && (
          <span className="text-ink-faint"> Duration: {durationText(expected, workspace.backend)}.</span>
        )}
      </p>
    </li>
  );
}
