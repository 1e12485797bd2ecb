CREATE TABLE "workspace_metrics" (
	"workspace_id" uuid NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"cpu_percent" real,
	"memory_bytes" bigint,
	"disk_used_bytes" bigint,
	CONSTRAINT "workspace_metrics_workspace_id_at_pk" PRIMARY KEY("workspace_id","at")
);
--> statement-breakpoint
CREATE INDEX "workspace_metrics_oldest" ON "workspace_metrics" USING btree ("at");