"use client";

import { ExternalLink } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
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
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll the text.
    <section tabIndex={0} aria-label={`${name}, preview`} className="h-full overflow-auto -outline-offset-2">
      <div className={MARKDOWN_CLASSES}>
        <Markdown remarkPlugins={PLUGINS} urlTransform={asWritten} components={componentsFor(place, path)}>
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

function componentsFor(place: Place, path: string): Components {
  return {
    a: ({ href, children, id }) => (
      <Link href={href} path={path} id={id}>
        {children}
      </Link>
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
  children: ReactNode;
}

function Link({ href, path, id, children }: LinkProps) {
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
          id={id}
          onClick={() => document.getElementById(target.id)?.scrollIntoView({ block: "center" })}
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
