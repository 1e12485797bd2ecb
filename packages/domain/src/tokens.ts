import { z } from "zod";
import { idSchema } from "./ids.ts";
import { singleLineText } from "./text.ts";

export const TOKEN_KINDS = ["org", "workspace"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

export interface Token {
  id: string;
  kind: TokenKind;
  name: string;
  workspaceId: string | null;
  createdAt: string;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

const name = singleLineText().min(1).max(100);

export const createTokenInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("org"), name }),
  z.strictObject({ kind: z.literal("workspace"), name, workspaceId: idSchema }),
]);
export type CreateTokenInput = z.output<typeof createTokenInput>;

export const listTokensInput = z.strictObject({ workspaceId: idSchema.optional() });
export const revokeTokenInput = z.strictObject({ id: idSchema });
