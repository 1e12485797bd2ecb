CREATE TABLE "terminals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"incarnation_id" uuid NOT NULL,
	"shell" text NOT NULL,
	"columns" integer NOT NULL,
	"rows" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"closed_by" text,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	"exit_code" integer,
	CONSTRAINT "terminals_end_reason_known" CHECK ("terminals"."end_reason" in ('exited', 'closed', 'unused', 'machine_stopped')),
	CONSTRAINT "terminals_ended" CHECK (("terminals"."ended_at" is null) = ("terminals"."end_reason" is null))
);
--> statement-breakpoint
CREATE INDEX "terminals_of_workspace" ON "terminals" USING btree ("workspace_id","created_at");--> statement-breakpoint
CREATE INDEX "terminals_running" ON "terminals" USING btree ("incarnation_id") WHERE "terminals"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "terminals_oldest_ended" ON "terminals" USING btree ("ended_at") WHERE "terminals"."ended_at" is not null;