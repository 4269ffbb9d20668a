CREATE TABLE "conversations" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"title" text NOT NULL,
	"persona_id" text NOT NULL,
	"clusters" jsonb NOT NULL,
	"model" text,
	"pinned" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"message_count" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"position" integer NOT NULL,
	"role" text NOT NULL,
	"parts" jsonb NOT NULL,
	"metadata" jsonb,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_chunks" (
	"run_id" text NOT NULL,
	"seq" integer NOT NULL,
	"chunk" text NOT NULL,
	CONSTRAINT "run_chunks_run_id_seq_pk" PRIMARY KEY("run_id","seq")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"state" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"message_id" text
);
--> statement-breakpoint
CREATE TABLE "approvals" (
	"id" text PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"tool" text NOT NULL,
	"title" text NOT NULL,
	"risk" text NOT NULL,
	"input" text NOT NULL,
	"input_digest" text NOT NULL,
	"plan" text NOT NULL,
	"plan_digest" text NOT NULL,
	"guard_digest" text NOT NULL,
	"actor_id" text NOT NULL,
	"actor" text NOT NULL,
	"persona" text,
	"conversation" text,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"decided_by" text,
	"decided_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"reason" text,
	"supersedes" text,
	"superseded_by" text,
	"changes" text,
	"outcome" text,
	CONSTRAINT "approvals_state_known" CHECK ("approvals"."state" in ('pending','denied','expired','superseded','running','succeeded','failed','interrupted'))
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"entry_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"actor_id" text NOT NULL,
	"actor_name" text NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_role" text NOT NULL,
	"persona" text,
	"client" text,
	"conversation" text,
	"tool" text NOT NULL,
	"risk" text NOT NULL,
	"input_digest" text NOT NULL,
	"input" text,
	"plan_digest" text,
	"decision" text NOT NULL,
	"outcome" text NOT NULL,
	"duration_ms" integer NOT NULL,
	"approval" text,
	"trace_id" text,
	"clusters" text,
	"prev_hash" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"subject" text NOT NULL,
	"cluster" text,
	"at" timestamp (3) with time zone NOT NULL,
	"data" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "results" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"tool" text NOT NULL,
	"card" text NOT NULL,
	"data" text NOT NULL,
	"bytes" bigint NOT NULL,
	"at" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "escrows" (
	"id" text PRIMARY KEY NOT NULL,
	"job_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"released" bigint DEFAULT 0 NOT NULL,
	"refunded" bigint DEFAULT 0 NOT NULL,
	"fee" bigint DEFAULT 0 NOT NULL,
	"currency" text NOT NULL,
	"consumer_address" text NOT NULL,
	"provider_address" text,
	"state" text NOT NULL,
	"confirmations" integer DEFAULT 0 NOT NULL,
	"deadline_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"locked_at" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "escrows_amount" CHECK ("escrows"."amount" > 0),
	CONSTRAINT "escrows_never_overpaid" CHECK ("escrows"."released" >= 0 and "escrows"."refunded" >= 0 and "escrows"."fee" >= 0 and "escrows"."released" + "escrows"."refunded" + "escrows"."fee" <= "escrows"."amount"),
	CONSTRAINT "escrows_currency" CHECK ("escrows"."currency" in ('usd-cent','qu'))
);
--> statement-breakpoint
CREATE TABLE "transactions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text,
	"job_id" text,
	"escrow_id" text,
	"provider_id" text,
	"type" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"from_address" text,
	"to_address" text,
	"status" text NOT NULL,
	"chain_hash" text,
	"confirmations" integer DEFAULT 0 NOT NULL,
	"error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "transactions_amount" CHECK ("transactions"."amount" > 0),
	CONSTRAINT "transactions_currency" CHECK ("transactions"."currency" in ('usd-cent','qu'))
);
--> statement-breakpoint
CREATE TABLE "compute_jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"number" serial NOT NULL,
	"user_id" text NOT NULL,
	"provider_id" text,
	"job_type" text NOT NULL,
	"model_type" text,
	"framework" text,
	"input_data" jsonb NOT NULL,
	"required_vram_mb" integer,
	"required_ram_mb" integer,
	"required_tflops" double precision,
	"max_price_per_hour" bigint,
	"estimated_cost" bigint NOT NULL,
	"actual_cost" bigint,
	"currency" text NOT NULL,
	"state" text NOT NULL,
	"unassignable_at" timestamp (3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"progress" integer DEFAULT 0 NOT NULL,
	"current_operation" text,
	"result" jsonb,
	"error" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"assigned_at" timestamp (3) with time zone,
	"started_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"deadline_at" timestamp (3) with time zone,
	CONSTRAINT "compute_jobs_progress" CHECK ("compute_jobs"."progress" between 0 and 100),
	CONSTRAINT "compute_jobs_cost" CHECK ("compute_jobs"."estimated_cost" >= 0 and ("compute_jobs"."actual_cost" is null or "compute_jobs"."actual_cost" >= 0)),
	CONSTRAINT "compute_jobs_currency" CHECK ("compute_jobs"."currency" in ('usd-cent','qu'))
);
--> statement-breakpoint
CREATE TABLE "gpu_providers" (
	"id" text PRIMARY KEY NOT NULL,
	"worker_id" text NOT NULL,
	"worker_token_hash" text,
	"user_id" text NOT NULL,
	"qubic_address" text NOT NULL,
	"name" text,
	"type" text NOT NULL,
	"gpu_model" text NOT NULL,
	"gpu_vram_mb" integer NOT NULL,
	"cpu_model" text,
	"cpu_cores" integer,
	"ram_total_mb" integer,
	"location" text,
	"price_per_hour" bigint NOT NULL,
	"currency" text NOT NULL,
	"is_online" boolean DEFAULT false NOT NULL,
	"is_available" boolean DEFAULT true NOT NULL,
	"current_job_id" text,
	"total_earnings" bigint DEFAULT 0 NOT NULL,
	"total_jobs" integer DEFAULT 0 NOT NULL,
	"uptime_seconds" integer DEFAULT 0 NOT NULL,
	"registered_at" timestamp (3) with time zone NOT NULL,
	"last_heartbeat" timestamp (3) with time zone,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"removed_at" timestamp (3) with time zone,
	CONSTRAINT "gpu_providers_price" CHECK ("gpu_providers"."price_per_hour" > 0),
	CONSTRAINT "gpu_providers_currency" CHECK ("gpu_providers"."currency" in ('usd-cent','qu'))
);
--> statement-breakpoint
CREATE TABLE "marketplace_users" (
	"id" text PRIMARY KEY NOT NULL,
	"qubic_address" text NOT NULL,
	"name" text,
	"role" text DEFAULT 'consumer' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "provider_metrics" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"cpu_percent" double precision NOT NULL,
	"ram_percent" double precision NOT NULL,
	"gpu_percent" double precision,
	"gpu_temperature_celsius" double precision,
	"gpu_memory_used_mb" double precision,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "model_deployments" (
	"id" text PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"model" text NOT NULL,
	"engine" text NOT NULL,
	"mode" text NOT NULL,
	"replicas" integer NOT NULL,
	"gpus" integer NOT NULL,
	"state" text NOT NULL,
	"steps" jsonb NOT NULL,
	"message" text,
	"approval_id" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "ray_clusters" (
	"id" text PRIMARY KEY NOT NULL,
	"cluster" text NOT NULL,
	"namespace" text NOT NULL,
	"name" text NOT NULL,
	"head_gpus" integer NOT NULL,
	"workers" integer NOT NULL,
	"gpus_per_worker" integer NOT NULL,
	"state" text NOT NULL,
	"steps" jsonb NOT NULL,
	"message" text,
	"approval_id" text,
	"requested_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_chunks" ADD CONSTRAINT "run_chunks_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "escrows" ADD CONSTRAINT "escrows_job_id_compute_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."compute_jobs"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_user_id_marketplace_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."marketplace_users"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_job_id_compute_jobs_id_fk" FOREIGN KEY ("job_id") REFERENCES "public"."compute_jobs"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_escrow_id_escrows_id_fk" FOREIGN KEY ("escrow_id") REFERENCES "public"."escrows"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "transactions" ADD CONSTRAINT "transactions_provider_id_gpu_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."gpu_providers"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compute_jobs" ADD CONSTRAINT "compute_jobs_user_id_marketplace_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."marketplace_users"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "compute_jobs" ADD CONSTRAINT "compute_jobs_provider_id_gpu_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."gpu_providers"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gpu_providers" ADD CONSTRAINT "gpu_providers_user_id_marketplace_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."marketplace_users"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_metrics" ADD CONSTRAINT "provider_metrics_provider_id_gpu_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."gpu_providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_deployments" ADD CONSTRAINT "model_deployments_approval_id_approvals_id_fk" FOREIGN KEY ("approval_id") REFERENCES "public"."approvals"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ray_clusters" ADD CONSTRAINT "ray_clusters_approval_id_approvals_id_fk" FOREIGN KEY ("approval_id") REFERENCES "public"."approvals"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "conversations_owner_updated" ON "conversations" USING btree ("owner","updated_at");--> statement-breakpoint
CREATE INDEX "conversations_expires" ON "conversations" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_conversation_position" ON "messages" USING btree ("conversation_id","position");--> statement-breakpoint
CREATE INDEX "runs_conversation" ON "runs" USING btree ("conversation_id","started_at");--> statement-breakpoint
CREATE INDEX "runs_state" ON "runs" USING btree ("state");--> statement-breakpoint
CREATE INDEX "approvals_state_expires" ON "approvals" USING btree ("state","expires_at");--> statement-breakpoint
CREATE INDEX "approvals_asked_at" ON "approvals" USING btree ("asked_at");--> statement-breakpoint
CREATE INDEX "approvals_actor" ON "approvals" USING btree ("actor_id","asked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "audit_entry_id" ON "audit" USING btree ("entry_id");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit" USING btree ("at");--> statement-breakpoint
CREATE INDEX "audit_tool_seq" ON "audit" USING btree ("tool","seq");--> statement-breakpoint
CREATE INDEX "audit_actor_seq" ON "audit" USING btree ("actor_id","seq");--> statement-breakpoint
CREATE INDEX "events_at" ON "events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "events_subject_seq" ON "events" USING btree ("subject","seq");--> statement-breakpoint
CREATE INDEX "results_expires" ON "results" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "results_owner" ON "results" USING btree ("owner","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "escrows_job" ON "escrows" USING btree ("job_id");--> statement-breakpoint
CREATE INDEX "escrows_state" ON "escrows" USING btree ("state");--> statement-breakpoint
CREATE UNIQUE INDEX "transactions_chain_hash" ON "transactions" USING btree ("chain_hash");--> statement-breakpoint
CREATE INDEX "transactions_user" ON "transactions" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "transactions_job" ON "transactions" USING btree ("job_id","created_at");--> statement-breakpoint
CREATE INDEX "transactions_escrow" ON "transactions" USING btree ("escrow_id");--> statement-breakpoint
CREATE UNIQUE INDEX "compute_jobs_number" ON "compute_jobs" USING btree ("number");--> statement-breakpoint
CREATE INDEX "compute_jobs_state" ON "compute_jobs" USING btree ("state","created_at");--> statement-breakpoint
CREATE INDEX "compute_jobs_user" ON "compute_jobs" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "compute_jobs_provider" ON "compute_jobs" USING btree ("provider_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "gpu_providers_worker" ON "gpu_providers" USING btree ("worker_id");--> statement-breakpoint
CREATE INDEX "gpu_providers_offer" ON "gpu_providers" USING btree ("is_online","is_available","price_per_hour");--> statement-breakpoint
CREATE INDEX "gpu_providers_user" ON "gpu_providers" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "marketplace_users_address" ON "marketplace_users" USING btree ("qubic_address");--> statement-breakpoint
CREATE INDEX "provider_metrics_provider_at" ON "provider_metrics" USING btree ("provider_id","at");--> statement-breakpoint
CREATE UNIQUE INDEX "model_deployments_place" ON "model_deployments" USING btree ("cluster","namespace","name");--> statement-breakpoint
CREATE INDEX "model_deployments_state" ON "model_deployments" USING btree ("state");--> statement-breakpoint
CREATE UNIQUE INDEX "ray_clusters_place" ON "ray_clusters" USING btree ("cluster","namespace","name");--> statement-breakpoint
CREATE INDEX "ray_clusters_state" ON "ray_clusters" USING btree ("state");