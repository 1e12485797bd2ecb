CREATE TABLE "retention" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"last_seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"held_since" timestamp (3) with time zone,
	"held_because" text,
	"waited_seconds" double precision DEFAULT 0 NOT NULL,
	CONSTRAINT "retention_only_one" CHECK ("retention"."only"),
	CONSTRAINT "retention_held" CHECK (("retention"."held_since" is null) = ("retention"."held_because" is null))
);
--> statement-breakpoint
ALTER TABLE "erase_orders" ADD COLUMN "begun_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "volumes" ADD COLUMN "generation" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "volumes" ADD COLUMN "held_because" text;