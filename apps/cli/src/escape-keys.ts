/** Finds `~.` at the start of a line, which leaves a shell, as in ssh. `~~` types one tilde. */
export class EscapeKeys {
  #state: "line" | "start" | "tilde" = "start";

  read(text: string): { input: string; leaves: boolean } {
    let input = "";
    for (const character of text) {
      if (this.#state === "tilde") {
        if (character === ".") return { input, leaves: true };
        input += character === "~" ? "~" : `~${character}`;
        this.#state = isEnter(character) ? "start" : "line";
      } else if (this.#state === "start" && character === "~") {
        this.#state = "tilde";
      } else {
        input += character;
        this.#state = isEnter(character) ? "start" : "line";
      }
    }
    return { input, leaves: false };
  }
}

const isEnter = (character: string): boolean => character === "\r" || character === "\n";
