CREATE TABLE "port_shares" (
	"id" uuid PRIMARY KEY NOT NULL,
	"org_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"port" integer NOT NULL,
	"secret_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "port_shares_secretHash_unique" UNIQUE("secret_hash"),
	CONSTRAINT "port_shares_port" CHECK ("port_shares"."port" between 1 and 65535)
);
--> statement-breakpoint
CREATE TABLE "preview_sessions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"org_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"port" integer NOT NULL,
	"code_hash" text NOT NULL,
	"cookie_hash" text,
	"token_id" uuid,
	"session_hash" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "preview_sessions_codeHash_unique" UNIQUE("code_hash"),
	CONSTRAINT "preview_sessions_cookieHash_unique" UNIQUE("cookie_hash")
);
--> statement-breakpoint
CREATE INDEX "port_shares_of_workspace" ON "port_shares" USING btree ("workspace_id");