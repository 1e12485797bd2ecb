/**
 * Matches names against `*`, `?`, `[a-z]`, `[!a-z]` and, between slashes, `**`. A pattern without a slash matches the
 * last name only. It does not use a regular expression, so its time stays bounded for any pattern.
 */
export function globMatcher(pattern: string): (segments: readonly string[]) => boolean {
  const parts = pattern.split("/").filter((part) => part !== "");
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && only !== "**")
    return (segments) => matchesName(only, segments.at(-1) ?? "");
  return (segments) => matchesSegments(parts, segments);
}

function matchesSegments(parts: readonly string[], segments: readonly string[]): boolean {
  return greedily(
    parts.length,
    segments.length,
    (part) => parts[part] === "**",
    (part, segment) => matchesName(parts[part] ?? "", segments[segment] ?? ""),
  );
}

function matchesName(pattern: string, name: string): boolean {
  const tokens = tokensOf(pattern);
  const characters = [...name];
  return greedily(
    tokens.length,
    characters.length,
    (token) => tokens[token] === "*",
    (token, at) => matchesCharacter(tokens[token] ?? "", characters[at] ?? ""),
  );
}

/**
 * Greedy wildcard matching: a mismatch only extends the last star. It takes at most pattern length times text length
 * steps.
 */
function greedily(
  patternLength: number,
  textLength: number,
  isStar: (pattern: number) => boolean,
  matches: (pattern: number, text: number) => boolean,
): boolean {
  let pattern = 0;
  let text = 0;
  let star = -1;
  let starText = 0;
  while (text < textLength) {
    if (pattern < patternLength && isStar(pattern)) {
      star = pattern++;
      starText = text;
    } else if (pattern < patternLength && matches(pattern, text)) {
      pattern += 1;
      text += 1;
    } else if (star >= 0) {
      pattern = star + 1;
      text = ++starText;
    } else return false;
  }
  while (pattern < patternLength && isStar(pattern)) pattern += 1;
  return pattern === patternLength;
}

/** Splits a pattern into single characters, `*`, `?` and whole `[…]` classes. */
function tokensOf(pattern: string): string[] {
  return pattern.match(/\[!?\]?[^\]]*\]|[\s\S]/gu) ?? [];
}

function matchesCharacter(token: string, character: string): boolean {
  if (token === "?") return true;
  if (token.length < 3 || !token.startsWith("[")) return token === character;
  const negated = token[1] === "!";
  const members = [...token.slice(negated ? 2 : 1, -1)];
  let found = false;
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at] ?? "";
    const isRange = members[at + 1] === "-" && at + 2 < members.length;
    const to = isRange ? (members[at + 2] ?? "") : from;
    if (character >= from && character <= to) found = true;
    if (isRange) at += 2;
  }
  return found !== negated;
}
