DROP INDEX "erase_orders_one_per_volume";--> statement-breakpoint
ALTER TABLE "volumes" ADD COLUMN "returned_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "erase_orders_one_open_per_volume" ON "erase_orders" USING btree ("volume_id") WHERE "erase_orders"."verified_at" is null;--> statement-breakpoint
ALTER TABLE "volumes" ADD CONSTRAINT "volumes_returned" CHECK ("volumes"."returned_at" is null or "volumes"."state" in ('quarantined', 'erasing'));