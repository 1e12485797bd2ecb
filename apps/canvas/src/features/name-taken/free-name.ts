import { LIMITS, workspaceNameKey } from "@berth/domain";

/** The first free name of "api 2", "api 3", …. A numbered name continues its count. */
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

/** Cuts by graphemes, so that no emoji is split. */
function cut(text: string, lengthMax: number): string {
  let kept = "";
  for (const character of text) {
    if (kept.length + character.length > lengthMax) break;
    kept += character;
  }
  return kept.trimEnd();
}
