CREATE TABLE "deployment_revisions" (
	"id" text PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"revision" integer NOT NULL,
	"runtime" text NOT NULL,
	"action" text NOT NULL,
	"config" jsonb,
	"manifests" jsonb NOT NULL,
	"change" text NOT NULL,
	"approval_id" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deployment_tests" (
	"id" text PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"model" text,
	"state" text NOT NULL,
	"settings" jsonb NOT NULL,
	"result" jsonb,
	"message" text,
	"approval_id" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "model_deployments" ALTER COLUMN "engine" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "model_deployments" ALTER COLUMN "mode" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "model_deployments" ADD COLUMN "runtime" text DEFAULT 'dynamo' NOT NULL;--> statement-breakpoint
ALTER TABLE "model_deployments" ADD COLUMN "action" text DEFAULT 'deploy' NOT NULL;--> statement-breakpoint
ALTER TABLE "model_deployments" ADD COLUMN "revision" integer;--> statement-breakpoint
ALTER TABLE "model_deployments" ADD COLUMN "uid" text;--> statement-breakpoint
ALTER TABLE "model_deployments" ADD COLUMN "generation" integer;--> statement-breakpoint
ALTER TABLE "deployment_revisions" ADD CONSTRAINT "deployment_revisions_approval_id_approvals_id_fk" FOREIGN KEY ("approval_id") REFERENCES "public"."approvals"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployment_tests" ADD CONSTRAINT "deployment_tests_approval_id_approvals_id_fk" FOREIGN KEY ("approval_id") REFERENCES "public"."approvals"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "deployment_revisions_number" ON "deployment_revisions" USING btree ("cluster","namespace","name","revision");--> statement-breakpoint
CREATE INDEX "deployment_tests_place" ON "deployment_tests" USING btree ("cluster","namespace","name","created_at");