import { sql } from "drizzle-orm";
import { check, index, pgTable } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Links that give access to one port of a workspace until they expire or are revoked. Only the hash of the secret is stored. */
export const portShares = pgTable(
  "port_shares",
  (t) => ({
    id: t.uuid().primaryKey(),
    orgId: t.uuid().notNull(),
    workspaceId: t.uuid().notNull(),
    port: t.integer().notNull(),
    secretHash: t.text().notNull().unique(),
    createdAt: instant().notNull().defaultNow(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
  }),
  (t) => [
    check("port_shares_port", sql`${t.port} between 1 and 65535`),
    index("port_shares_of_workspace").on(t.workspaceId),
  ],
);

/**
 * Browsers that Berth has handed over to a preview. A row begins with a one-time code; redeeming it stores the hash of the
 * cookie. It ends with the session or the token of the person.
 */
export const previewSessions = pgTable("preview_sessions", (t) => ({
  id: t.uuid().primaryKey().defaultRandom(),
  orgId: t.uuid().notNull(),
  workspaceId: t.uuid().notNull(),
  port: t.integer().notNull(),
  codeHash: t.text().notNull().unique(),
  cookieHash: t.text().unique(),
  /** Null for the owner. */
  tokenId: t.uuid(),
  /** Null when the person's browser sent a token. */
  sessionHash: t.text(),
  createdAt: instant().notNull().defaultNow(),
  expiresAt: instant().notNull(),
}));
