import { type CommandEncoding, type CommandLine, DomainError, LIMITS, utf8Bytes } from "@berth/domain";
import { requireBase64 } from "../files/base64.ts";

/** @throws DomainError `limit_exceeded` when arguments and variables together are too long */
export function requireFits(command: CommandLine, env: Readonly<Record<string, string>>): void {
  const variables = Object.entries(env).flat();
  const bytes = [command, variables].flat().reduce((sum, text) => sum + utf8Bytes(text), 0);
  const max = LIMITS.commandBytesMax;
  if (bytes <= max) return;
  const message = `The arguments and variables of a command can have at most ${max} bytes together. Send more through standard input or a file.`;
  throw new DomainError("limit_exceeded", message, { details: { limit: "commandBytesMax", max } });
}

/** @throws DomainError `invalid_input` for text that is not base64, `limit_exceeded` when it is too long */
export function decodeInput(field: string, text: string, encoding: CommandEncoding): Buffer {
  if (encoding === "base64") requireBase64(text, field);
  const bytes = Buffer.from(text, encoding);
  const max = LIMITS.commandInputBytesMax;
  if (bytes.length <= max) return bytes;
  const message = `${field} can have at most ${max} bytes. Write the rest with commands.write, or send a file.`;
  throw new DomainError("limit_exceeded", message, { details: { limit: "commandInputBytesMax", max } });
}
