import type { ServerResponse } from "node:http";
import { PROBLEM_STATUS, type Problem } from "@berth/domain";
import { problemHeaders, writeProblemTo } from "../problem-response.ts";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);

/** Shows a problem to a person, or sends it as JSON to a program. */
export function respondProblem(response: ServerResponse, problem: Problem, isForPerson: boolean): void {
  if (!isForPerson) {
    writeProblemTo(response, problem);
    return;
  }
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Preview unavailable</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem;color-scheme:light dark}</style><h1>Preview unavailable</h1><p>${escaped(problem.message)}</p></html>\n`;
  response.writeHead(PROBLEM_STATUS[problem.code], {
    ...problemHeaders(problem),
    "content-type": "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(body);
}
