"use client";

import { ExternalLink } from "lucide-react";
import { type ComponentProps, type ReactNode, type RefCallback, useMemo, useState } from "react";
import Markdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { navigate } from "#shared/url/use-url-state.ts";
import { fileUrl, type Place } from "../file-url.ts";
import { linkTargetOf } from "./link-target.ts";
import { MARKDOWN_CLASSES } from "./markdown-classes.ts";

/** Longer texts are not rendered, because rendering them would block the page for seconds. */
const CHARACTERS_MAX = 200_000;

interface MarkdownPreviewProps {
  place: Place;
  path: string;
  name: string;
  text: string;
}

/**
 * Renders Markdown as elements and never as HTML: tags show as text, and no script runs. Nothing loads from other
 * servers; their images become links.
 */
export function MarkdownPreview({ place, path, name, text }: MarkdownPreviewProps) {
  const shown = text.slice(0, CHARACTERS_MAX);
  const [anchors] = useState(() => new Anchors());
  const { workspaceId, root } = place;
  const components = useMemo(
    () => componentsFor({ workspaceId, root }, path, anchors),
    [workspaceId, root, path, anchors],
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the text.
    <section tabIndex={0} aria-label={`${name}, preview`} className="h-full overflow-auto -outline-offset-2">
      <div className={MARKDOWN_CLASSES}>
        <Markdown remarkPlugins={PLUGINS} urlTransform={asWritten} components={components}>
          {shown}
        </Markdown>
        {shown.length < text.length && (
          <p className="text-ink-faint">
            The first {CHARACTERS_MAX.toLocaleString("en")} characters are shown. Close the preview to see all of it.
          </p>
        )}
      </div>
    </section>
  );
}

const PLUGINS = [remarkGfm];

/** Each address is judged where it is used, by where it leads. */
const asWritten = (url: string): string => url;

/** The elements that links of the same text can lead to, by id: footnotes and the references to them. */
class Anchors {
  readonly #elements = new Map<string, HTMLElement>();

  ref =
    (id: string | undefined): RefCallback<HTMLElement> =>
    (element) => {
      if (!element || id === undefined) return undefined;
      this.#elements.set(id, element);
      return () => {
        this.#elements.delete(id);
      };
    };

  show = (id: string): void => this.#elements.get(id)?.scrollIntoView({ block: "center" });
}

function componentsFor(place: Place, path: string, anchors: Anchors): Components {
  return {
    a: ({ href, children, id }) => (
      <Link href={href} path={path} id={id} anchors={anchors}>
        {children}
      </Link>
    ),
    li: ({ id, className, children }) => (
      <li ref={anchors.ref(id)} id={id} className={className}>
        {children}
      </li>
    ),
    img: ({ src, alt }) => (
      <Image place={place} path={path} src={typeof src === "string" ? src : undefined} alt={alt} />
    ),
    // A wide table scrolls on its own; the text around it does not.
    table: ({ children }) => (
      <div className="overflow-x-auto">
        <table>{children}</table>
      </div>
    ),
    // The library's checkboxes have no accessible name, and cannot be toggled.
    input: ({ checked }) => (
      <input type="checkbox" checked={checked === true} disabled aria-label={checked === true ? "Done" : "To do"} />
    ),
  };
}

interface LinkProps {
  href: string | undefined;
  path: string;
  id?: string | undefined;
  anchors: Anchors;
  children: ReactNode;
}

function Link({ href, path, id, anchors, children }: LinkProps) {
  const target = linkTargetOf(href, path);
  switch (target.kind) {
    case "outside":
      return (
        <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
          {children}
        </a>
      );
    case "file":
      return (
        <button
          type="button"
          title={target.path}
          onClick={() => navigate((state) => ({ ...state, file: target.path }))}
          className="text-left text-accent underline"
        >
          {children}
        </button>
      );
    case "within":
      return (
        <button
          type="button"
          ref={anchors.ref(id)}
          id={id}
          onClick={() => anchors.show(target.id)}
          className="text-accent underline"
        >
          {children}
        </button>
      );
    case "nowhere":
      return <span id={id}>{children}</span>;
  }
}

interface ImageProps extends Pick<ComponentProps<"img">, "alt"> {
  place: Place;
  path: string;
  src: string | undefined;
}

function Image({ place, path, src, alt = "" }: ImageProps) {
  const target = linkTargetOf(src, path);
  if (target.kind === "file") {
    // biome-ignore lint/performance/noImgElement: the file comes from the workspace, so there is nothing to optimise.
    return <img src={fileUrl(place, target.path)} alt={alt} loading="lazy" />;
  }
  if (target.kind !== "outside") return <span>{alt}</span>;
  return (
    <a href={target.href} target="_blank" rel="noopener noreferrer nofollow">
      <ExternalLink aria-hidden className="mr-1 inline size-3.5" />
      {alt === "" ? "Image" : alt} on {target.host}
    </a>
  );
}
