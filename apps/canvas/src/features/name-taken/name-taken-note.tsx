import type { ReactNode } from "react";
import { openWorkspace } from "#shared/url/url-state.ts";
import { navigate } from "#shared/url/use-url-state.ts";
import type { NameTaken } from "./use-name-taken.ts";

const ACTION = "rounded-sm font-medium text-accent underline underline-offset-2 hover:no-underline";

interface NameTakenNoteProps {
  taken: NameTaken;
  /** Applies the proposed name. Omitted where the field already contains it. */
  onUse?: (name: string) => void;
  /** Called before the other workspace opens. */
  onLeave?: () => void;
}

/** Shown below a name field: which workspace has the name, a link to it, and a free name. */
export const NameTakenNote = ({ taken: { wanted, other, suggestion }, onUse, onLeave }: NameTakenNoteProps) => (
  <span role="alert" className="min-w-0 break-words">
    {other && other.name !== wanted
      ? `The name “${wanted}” looks the same as “${other.name}”.`
      : `Another workspace is named “${wanted}”.`}{" "}
    {other && (
      <OtherLink id={other.id} onLeave={onLeave}>
        Open {other.name}
      </OtherLink>
    )}
    {other && onUse && " · "}
    {onUse && (
      <button type="button" className={ACTION} onClick={() => onUse(suggestion)}>
        Use “{suggestion}”
      </button>
    )}
  </span>
);

interface OtherLinkProps {
  id: string;
  onLeave: (() => void) | undefined;
  children: ReactNode;
}

const OtherLink = ({ id, onLeave, children }: OtherLinkProps) => (
  <a
    href={`?w=${id}`}
    className={ACTION}
    onClick={(event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      onLeave?.();
      navigate((state) => ({ ...openWorkspace(state, id), tab: "details" }));
    }}
  >
    {children}
  </a>
);
