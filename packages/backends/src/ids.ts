import { DomainError } from "@berth/domain";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isId = (text: string): boolean => UUID.test(text);

/** Ids become directory and engine names, so only lower-case UUIDs pass. */
export function assertId(id: string, what: string): string {
  if (isId(id)) return id;
  throw new DomainError("invalid_input", `The ${what} must be a UUID in lowercase.`);
}
