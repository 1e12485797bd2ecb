import { LIMITS, workspaceNameKey } from "@berth/domain";

/** The first name of "api 2", "api 3", … that none of these has. A name that is numbered already counts on. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const keys = new Set(taken.map(workspaceNameKey));
  const numbered = /^(.+) (\d{1,6})$/u.exec(wanted);
  const [base, first] = numbered ? [numbered[1] ?? wanted, Number(numbered[2]) + 1] : [wanted, 2];
  for (let number = first; ; number += 1) {
    const suffix = ` ${number}`;
    const name = `${cut(base, LIMITS.workspaceNameCharsMax - suffix.length)}${suffix}`;
    if (!keys.has(workspaceNameKey(name))) return name;
  }
}

/** By characters as people count them, so that no emoji is cut in half. */
function cut(text: string, lengthMax: number): string {
  let kept = "";
  for (const character of text) {
    if (kept.length + character.length > lengthMax) break;
    kept += character;
  }
  return kept.trimEnd();
}
