CREATE TABLE "commands" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"incarnation_id" uuid NOT NULL,
	"command" jsonb NOT NULL,
	"cwd" text NOT NULL,
	"detached" boolean NOT NULL,
	"keep_awake" boolean NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"exit_code" integer,
	"signal" text,
	"timed_out" boolean DEFAULT false NOT NULL,
	"stdout_bytes" bigint DEFAULT 0 NOT NULL,
	"stderr_bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "commands_state_known" CHECK ("commands"."state" in ('running', 'exited', 'lost')),
	CONSTRAINT "commands_ended" CHECK (("commands"."ended_at" is null) = ("commands"."state" = 'running'))
);
--> statement-breakpoint
CREATE INDEX "commands_newest" ON "commands" USING btree ("workspace_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "commands_running" ON "commands" USING btree ("incarnation_id") WHERE "commands"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "commands_oldest_ended" ON "commands" USING btree ("ended_at") WHERE "commands"."ended_at" is not null;