import { BACKEND_KINDS, type BackendKind } from "@berth/domain";
import { check, pgTable } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/** The store in which a backend keeps the data volumes, as it identified itself at first contact. Never replaced. */
export const stores = pgTable(
  "stores",
  (t) => ({
    backend: t.text().$type<BackendKind>().primaryKey(),
    storeId: t.uuid().notNull(),
    createdAt: instant().notNull().defaultNow(),
  }),
  (t) => [check("stores_backend_known", oneOf(t.backend, BACKEND_KINDS))],
);
