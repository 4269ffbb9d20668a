CREATE TABLE "alert_episodes" (
	"cluster" text NOT NULL,
	"fingerprint" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"alertname" text NOT NULL,
	"severity" text NOT NULL,
	"state" text NOT NULL,
	"labels" jsonb NOT NULL,
	"annotations" jsonb NOT NULL,
	"generator_url" text,
	"source" text NOT NULL,
	"first_seen_at" timestamp (3) with time zone NOT NULL,
	"last_seen_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone,
	CONSTRAINT "alert_episodes_pk" PRIMARY KEY("cluster","fingerprint","starts_at")
);
--> statement-breakpoint
CREATE TABLE "alert_reads" (
	"actor_id" text NOT NULL,
	"cluster" text NOT NULL,
	"fingerprint" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"read_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "alert_reads_pk" PRIMARY KEY("actor_id","cluster","fingerprint","starts_at")
);
--> statement-breakpoint
CREATE TABLE "cluster_credentials" (
	"cluster_id" text NOT NULL,
	"service" text NOT NULL,
	"kind" text NOT NULL,
	"sealed" text NOT NULL,
	"key_id" text NOT NULL,
	"validation" jsonb NOT NULL,
	"validated_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"warned_at" timestamp (3) with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "cluster_credentials_pk" PRIMARY KEY("cluster_id","service")
);
--> statement-breakpoint
CREATE TABLE "cluster_health_history" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"state" text NOT NULL,
	"score" integer NOT NULL,
	"services" jsonb NOT NULL,
	"checked_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cluster_status" (
	"cluster" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"score" integer NOT NULL,
	"connectivity" text NOT NULL,
	"services" jsonb NOT NULL,
	"last_error" text,
	"checked_at" timestamp (3) with time zone,
	"last_seen_at" timestamp (3) with time zone,
	"facts" jsonb,
	"changed_at" timestamp (3) with time zone,
	"capabilities" jsonb,
	"discovered_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "clusters" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"display_name" text NOT NULL,
	"type" text NOT NULL,
	"environment" text NOT NULL,
	"region" text,
	"labels" jsonb NOT NULL,
	"upstreams" jsonb NOT NULL,
	"source" text NOT NULL,
	"changed" jsonb NOT NULL,
	"removed_at" timestamp (3) with time zone,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "cluster_changes" (
	"id" text PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"action" text NOT NULL,
	"kind" jsonb NOT NULL,
	"namespace" text,
	"name" text NOT NULL,
	"uid" text NOT NULL,
	"title" text NOT NULL,
	"aim" jsonb NOT NULL,
	"state" text NOT NULL,
	"steps" jsonb NOT NULL,
	"message" text,
	"approval_id" text,
	"requested_by" text NOT NULL,
	"deadline_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "cluster_credentials" ADD CONSTRAINT "cluster_credentials_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "cluster_changes" ADD CONSTRAINT "cluster_changes_approval_id_approvals_id_fk" FOREIGN KEY ("approval_id") REFERENCES "public"."approvals"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "alert_episodes_state" ON "alert_episodes" USING btree ("state","last_seen_at");--> statement-breakpoint
CREATE INDEX "alert_episodes_starts_at" ON "alert_episodes" USING btree ("starts_at");--> statement-breakpoint
CREATE INDEX "cluster_credentials_expires" ON "cluster_credentials" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "cluster_health_history_cluster" ON "cluster_health_history" USING btree ("cluster","checked_at");--> statement-breakpoint
CREATE INDEX "cluster_health_history_checked_at" ON "cluster_health_history" USING btree ("checked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "clusters_name" ON "clusters" USING btree ("name");--> statement-breakpoint
CREATE INDEX "cluster_changes_state" ON "cluster_changes" USING btree ("state");--> statement-breakpoint
CREATE INDEX "cluster_changes_cluster" ON "cluster_changes" USING btree ("cluster");