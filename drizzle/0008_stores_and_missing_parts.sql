CREATE TABLE "stores" (
	"backend" text PRIMARY KEY NOT NULL,
	"store_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stores_backend_known" CHECK ("stores"."backend" in ('local', 'docker', 'ec2', 'memory'))
);
--> statement-breakpoint
ALTER TABLE "volumes" ADD COLUMN "missing_parts" jsonb;