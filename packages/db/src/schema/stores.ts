import { BACKEND_KINDS, type BackendKind } from "@berth/domain";
import { check, pgTable } from "drizzle-orm/pg-core";
import { instant, oneOf } from "./columns.ts";

/**
 * The store where a backend keeps its data volumes, as identified at first contact. Only `forgetStore` removes a row.
 */
export const stores = pgTable(
  "stores",
  (t) => ({
    backend: t.text().$type<BackendKind>().primaryKey(),
    storeId: t.uuid().notNull(),
    createdAt: instant().notNull().defaultNow(),
  }),
  (t) => [check("stores_backend_known", oneOf(t.backend, BACKEND_KINDS))],
);
