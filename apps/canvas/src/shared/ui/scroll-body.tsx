"use client";

import { type ReactNode, useEffect, useRef, useState } from "react";

const TAKES_FOCUS = "a[href],button,input,select,textarea,summary,[contenteditable=true],[tabindex='0']";

interface ScrollBodyProps {
  label: string;
  className?: string;
  children: ReactNode;
}

/**
 * Content that may be longer than the screen. It is focusable if nothing in it is, so that the keyboard can scroll it.
 */
export function ScrollBody({ label, className, children }: ScrollBodyProps) {
  const body = useRef<HTMLDivElement>(null);
  const [isStop, setIsStop] = useState(false);

  useEffect(() => {
    const box = body.current;
    const content = box?.firstElementChild;
    if (!box || !content) return;
    // The content is any component, so no ref tells whether something in it takes the focus.
    const update = () => setIsStop(box.scrollHeight > box.clientHeight && content.querySelector(TAKES_FOCUS) === null);
    const observer = new ResizeObserver(update);
    observer.observe(box);
    observer.observe(content);
    return () => observer.disconnect();
  }, []);

  return (
    <div ref={body} className={className} {...(isStop ? { tabIndex: 0, role: "group", "aria-label": label } : {})}>
      <div>{children}</div>
    </div>
  );
}
