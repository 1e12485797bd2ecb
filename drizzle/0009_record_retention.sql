ALTER TABLE "installation" ADD COLUMN "events_trimmed_to" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "events_by_type" ON "events" USING btree ("org_id","type","sequence");--> statement-breakpoint
CREATE INDEX "operations_succeeded" ON "operations" USING btree ("org_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST) WHERE "operations"."status" = 'succeeded';--> statement-breakpoint
CREATE INDEX "operations_oldest_finished" ON "operations" USING btree ("finished_at") WHERE "operations"."finished_at" is not null;--> statement-breakpoint
CREATE INDEX "workspaces_deleted" ON "workspaces" USING btree ("deleted_at") WHERE "workspaces"."deleted_at" is not null;