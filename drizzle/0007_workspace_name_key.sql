DROP INDEX "workspaces_live_name";--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "name_key" text;--> statement-breakpoint
CREATE UNIQUE INDEX "workspaces_live_name" ON "workspaces" USING btree ("org_id",coalesce("parent_id", '00000000-0000-0000-0000-000000000000'::uuid),coalesce("name_key", "name")) WHERE "workspaces"."desired" <> 'deleted';--> statement-breakpoint
-- Answers that showed a secret used to be kept, sealed. They are not replayed any more.
DELETE FROM "idempotency_keys" WHERE jsonb_typeof("answer"->'output') = 'object' AND "answer"->'output' ? 'sealed';
