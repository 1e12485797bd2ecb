ALTER TABLE "incarnations" ADD COLUMN "machine_key_hash" text;--> statement-breakpoint
ALTER TABLE "incarnations" ADD COLUMN "enrolled_attempt" integer;--> statement-breakpoint
ALTER TABLE "incarnations" ADD CONSTRAINT "incarnations_enrolled" CHECK (("incarnations"."machine_key_hash" is null) = ("incarnations"."enrolled_attempt" is null));