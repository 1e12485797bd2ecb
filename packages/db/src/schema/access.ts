import { TOKEN_KINDS } from "@berth/domain";
import { sql } from "drizzle-orm";
import { check, pgTable, primaryKey } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/** Bearer tokens of orgs and workspaces. Only the hash is stored; the secret is shown once. */
export const tokens = pgTable(
  "tokens",
  (t) => ({
    id: t.uuid().primaryKey().defaultRandom(),
    orgId: t.uuid().notNull(),
    kind: t.text({ enum: TOKEN_KINDS }).notNull(),
    name: t.text().notNull(),
    workspaceId: t.uuid(),
    hash: t.text().notNull().unique(),
    createdAt: instant().notNull().defaultNow(),
    lastUsedAt: instant(),
    revokedAt: instant(),
  }),
  (t) => [
    check("tokens_kind_known", oneOf(t.kind, TOKEN_KINDS)),
    check("tokens_workspace", sql`(${t.kind} = 'workspace') = (${t.workspaceId} is not null)`),
  ],
);

/** Browser sessions: the hash of the cookie and the token it was created with (null: the owner). */
export const sessions = pgTable("sessions", (t) => ({
  hash: t.text().primaryKey(),
  orgId: t.uuid().notNull(),
  tokenId: t.uuid(),
  createdAt: instant().notNull().defaultNow(),
  expiresAt: instant().notNull(),
}));

/** One-time codes of the sign-in link. */
export const signInCodes = pgTable("sign_in_codes", (t) => ({
  hash: t.text().primaryKey(),
  createdAt: instant().notNull().defaultNow(),
  expiresAt: instant().notNull(),
  usedAt: instant(),
}));

/** The first response of each mutation, by key. It is replayed when a client retries. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  (t) => ({
    orgId: t.uuid().notNull(),
    actorId: t.text().notNull(),
    key: t.text().notNull(),
    action: t.text().notNull(),
    bodyHash: t.text().notNull(),
    /** Null while the first request is running. */
    response: t.jsonb("answer").$type<{ ok: true; output: unknown } | { ok: false; problem: unknown }>(),
    createdAt: instant().notNull().defaultNow(),
    leaseUntil: instant().notNull(),
    /** The replica that runs the first request. */
    leaseOwner: t.uuid(),
  }),
  (t) => [primaryKey({ columns: [t.orgId, t.actorId, t.key] })],
);

/** The last viewport of each person on the map. */
export const viewports = pgTable("viewports", (t) => ({
  actorId: t.text().primaryKey(),
  x: t.doublePrecision().notNull(),
  y: t.doublePrecision().notNull(),
  zoom: t.doublePrecision().notNull(),
}));
