CREATE TABLE "replicas" (
	"id" uuid PRIMARY KEY NOT NULL,
	"url" text,
	"backends" text[] NOT NULL,
	"data_directory" text NOT NULL,
	"tunnel_folder" text NOT NULL,
	"beats" integer DEFAULT 0 NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "incarnations" ADD COLUMN "tunnel_replica_id" uuid;--> statement-breakpoint
CREATE INDEX "incarnations_tunnels" ON "incarnations" USING btree ("tunnel_replica_id") WHERE "incarnations"."tunnel_replica_id" is not null;