CREATE TABLE "idempotency_keys" (
	"org_id" uuid NOT NULL,
	"actor_id" text NOT NULL,
	"key" text NOT NULL,
	"action" text NOT NULL,
	"body_hash" text NOT NULL,
	"answer" jsonb,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_org_id_actor_id_key_pk" PRIMARY KEY("org_id","actor_id","key")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"hash" text PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"token_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"name" text NOT NULL,
	"workspace_id" uuid,
	"hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "tokens_hash_unique" UNIQUE("hash"),
	CONSTRAINT "tokens_kind_known" CHECK ("tokens"."kind" in ('org', 'workspace')),
	CONSTRAINT "tokens_workspace" CHECK (("tokens"."kind" = 'workspace') = ("tokens"."workspace_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "viewports" (
	"actor_id" text PRIMARY KEY NOT NULL,
	"x" double precision NOT NULL,
	"y" double precision NOT NULL,
	"zoom" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erase_orders" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid NOT NULL,
	"volume_id" uuid NOT NULL,
	"backend" text NOT NULL,
	"reason" text NOT NULL,
	"requested_by" text NOT NULL,
	"confirmed_name" text,
	"requested_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"erased_at" timestamp (3) with time zone,
	"verified_at" timestamp (3) with time zone,
	"verification" text,
	"covered" jsonb,
	"not_covered" jsonb,
	CONSTRAINT "erase_orders_reason_known" CHECK ("erase_orders"."reason" in ('delete_with_erase', 'erase_now', 'retention_expired')),
	CONSTRAINT "erase_orders_confirmed" CHECK ("erase_orders"."confirmed_name" is not null or "erase_orders"."reason" = 'retention_expired'),
	CONSTRAINT "erase_orders_proved" CHECK ("erase_orders"."verified_at" is null or ("erase_orders"."erased_at" is not null and "erase_orders"."verification" is not null and "erase_orders"."covered" is not null and "erase_orders"."not_covered" is not null))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"sequence" bigserial PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"type" text NOT NULL,
	"workspace_id" uuid,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "incarnations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"workspace_id" uuid NOT NULL,
	"purpose" text DEFAULT 'workspace' NOT NULL,
	"generation" integer NOT NULL,
	"backend" text NOT NULL,
	"volume_id" uuid,
	"fingerprint" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"wanted_until" timestamp (3) with time zone,
	"claimed_until" timestamp (3) with time zone,
	CONSTRAINT "incarnations_backend_known" CHECK ("incarnations"."backend" in ('local', 'docker', 'ec2', 'memory')),
	CONSTRAINT "incarnations_browse" CHECK (("incarnations"."purpose" = 'browse') = ("incarnations"."wanted_until" is not null))
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"tunnel_secret" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installation_only_one" CHECK ("installation"."only")
);
--> statement-breakpoint
CREATE TABLE "operations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid NOT NULL,
	"workspace_id" uuid,
	"volume_id" uuid,
	"kind" text NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"generation" integer DEFAULT 0 NOT NULL,
	"steps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"error" jsonb,
	"requested_by" text NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"run_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp (3) with time zone,
	"lease_owner" uuid,
	"started_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "operations_kind_known" CHECK ("operations"."kind" in ('create', 'restart', 'pause', 'resume', 'hibernate', 'wake', 'recover', 'delete', 'restore', 'erase')),
	CONSTRAINT "operations_status_known" CHECK ("operations"."status" in ('queued', 'running', 'succeeded', 'failed', 'superseded')),
	CONSTRAINT "operations_subject" CHECK (("operations"."kind" = 'erase') = ("operations"."workspace_id" is null)),
	CONSTRAINT "operations_finished" CHECK (("operations"."status" in ('queued', 'running')) = ("operations"."finished_at" is null))
);
--> statement-breakpoint
CREATE TABLE "volumes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid NOT NULL,
	"workspace_id" uuid,
	"workspace_name" text NOT NULL,
	"backend" text NOT NULL,
	"state" text DEFAULT 'attached' NOT NULL,
	"size_bytes" bigint,
	"measured_at" timestamp (3) with time zone,
	"made_at" timestamp (3) with time zone,
	"fill_from" uuid,
	"retained_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"receipt_id" uuid,
	CONSTRAINT "volumes_state_known" CHECK ("volumes"."state" in ('attached', 'retained', 'quarantined', 'erasing', 'erased')),
	CONSTRAINT "volumes_backend_known" CHECK ("volumes"."backend" in ('local', 'docker', 'ec2', 'memory')),
	CONSTRAINT "volumes_erased_with_receipt" CHECK (("volumes"."state" = 'erased') = ("volumes"."receipt_id" is not null)),
	CONSTRAINT "volumes_clock" CHECK ("volumes"."retained_until" is null or "volumes"."state" <> 'attached')
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid NOT NULL,
	"parent_id" uuid,
	"name" text NOT NULL,
	"role" text,
	"runtime" text NOT NULL,
	"model" text NOT NULL,
	"tier" integer NOT NULL,
	"backend" text NOT NULL,
	"compute" jsonb NOT NULL,
	"desired" text NOT NULL,
	"status" text NOT NULL,
	"status_reason" jsonb,
	"status_changed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"generation" integer DEFAULT 1 NOT NULL,
	"incarnation_id" uuid,
	"volume_id" uuid,
	"data_state" text DEFAULT 'none' NOT NULL,
	"restart_again" text,
	"x" double precision DEFAULT 0 NOT NULL,
	"y" double precision DEFAULT 0 NOT NULL,
	"collapsed" boolean DEFAULT false NOT NULL,
	"current_task" text,
	"active_tasks" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_heartbeat_at" timestamp (3) with time zone,
	"provisioning_started_at" timestamp (3) with time zone,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "workspaces_status_known" CHECK ("workspaces"."status" in ('provisioning', 'online', 'degraded', 'offline', 'pausing', 'paused', 'hibernating', 'hibernated', 'deleting', 'deleted', 'failed', 'awaiting_agent')),
	CONSTRAINT "workspaces_desired_known" CHECK ("workspaces"."desired" in ('running', 'paused', 'hibernated', 'deleted')),
	CONSTRAINT "workspaces_backend_known" CHECK ("workspaces"."backend" in ('local', 'docker', 'ec2', 'memory')),
	CONSTRAINT "workspaces_data_state_known" CHECK ("workspaces"."data_state" in ('intact', 'missing', 'unknown', 'none')),
	CONSTRAINT "workspaces_deleted_at" CHECK (("workspaces"."status" = 'deleted') = ("workspaces"."deleted_at" is not null)),
	CONSTRAINT "workspaces_released" CHECK ("workspaces"."status" not in ('deleted', 'hibernated') or "workspaces"."incarnation_id" is null)
);
--> statement-breakpoint
ALTER TABLE "volumes" ADD CONSTRAINT "volumes_receipt_id_erase_orders_id_fk" FOREIGN KEY ("receipt_id") REFERENCES "public"."erase_orders"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_parent_id_workspaces_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."workspaces"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_volume_id_volumes_id_fk" FOREIGN KEY ("volume_id") REFERENCES "public"."volumes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "erase_orders_one_per_volume" ON "erase_orders" USING btree ("volume_id");--> statement-breakpoint
CREATE INDEX "events_of_workspace" ON "events" USING btree ("workspace_id","sequence");--> statement-breakpoint
CREATE INDEX "incarnations_live" ON "incarnations" USING btree ("workspace_id") WHERE "incarnations"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "incarnations_one_browse" ON "incarnations" USING btree ("volume_id") WHERE "incarnations"."purpose" = 'browse' and "incarnations"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "operations_one_open_per_workspace" ON "operations" USING btree ("workspace_id") WHERE "operations"."status" in ('queued', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX "operations_one_open_per_volume" ON "operations" USING btree ("volume_id") WHERE "operations"."status" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "operations_due" ON "operations" USING btree ("run_at") WHERE "operations"."status" in ('queued', 'running');--> statement-breakpoint
CREATE INDEX "operations_held" ON "operations" USING btree ("workspace_id") WHERE "operations"."lease_until" is not null;--> statement-breakpoint
CREATE INDEX "operations_newest" ON "operations" USING btree ("org_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "operations_of_workspace" ON "operations" USING btree ("workspace_id","created_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "volumes_by_state" ON "volumes" USING btree ("org_id","state");--> statement-breakpoint
CREATE INDEX "volumes_by_workspace" ON "volumes" USING btree ("workspace_id");--> statement-breakpoint
CREATE UNIQUE INDEX "workspaces_live_name" ON "workspaces" USING btree ("org_id",coalesce("parent_id", '00000000-0000-0000-0000-000000000000'::uuid),"name") WHERE "workspaces"."desired" <> 'deleted';--> statement-breakpoint
CREATE INDEX "workspaces_newest" ON "workspaces" USING btree ("org_id","created_at" DESC NULLS LAST,"id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "workspaces_children" ON "workspaces" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "workspaces_by_status" ON "workspaces" USING btree ("status");