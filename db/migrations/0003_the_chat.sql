CREATE TABLE "dashboards" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"title" text NOT NULL,
	"shared" boolean DEFAULT false NOT NULL,
	"cards" jsonb NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"kind" text NOT NULL,
	"tone" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"href" text NOT NULL,
	"subject" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"read_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "preferences" (
	"owner" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "push_subscriptions" (
	"endpoint" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"keys" jsonb NOT NULL,
	"device" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_sent_at" timestamp (3) with time zone,
	"failures" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "attachments" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"conversation_id" text,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"data" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "feedback" (
	"message_id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"owner" text NOT NULL,
	"verdict" text NOT NULL,
	"reasons" jsonb NOT NULL,
	"comment" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "message_texts" (
	"message_id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"owner" text NOT NULL,
	"role" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"body" text NOT NULL,
	"words" "tsvector" GENERATED ALWAYS AS (to_tsvector('simple', "message_texts"."body")) STORED
);
--> statement-breakpoint
CREATE TABLE "queued_messages" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"position" integer NOT NULL,
	"mode" text NOT NULL,
	"text" text NOT NULL,
	"attachments" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shares" (
	"id" text PRIMARY KEY NOT NULL,
	"conversation_id" text NOT NULL,
	"owner" text NOT NULL,
	"title" text NOT NULL,
	"hint" text NOT NULL,
	"content" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"views" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "approval_grants" (
	"id" text PRIMARY KEY NOT NULL,
	"approval" text NOT NULL,
	"actor_id" text NOT NULL,
	"conversation" text NOT NULL,
	"tool" text NOT NULL,
	"target" text NOT NULL,
	"target_digest" text NOT NULL,
	"granted_by_id" text NOT NULL,
	"granted_by" text NOT NULL,
	"granted_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"uses" integer DEFAULT 0 NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"revoked_by" text
);
--> statement-breakpoint
CREATE TABLE "custom_personas" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"icon" text NOT NULL,
	"system_prompt" text NOT NULL,
	"capabilities" jsonb NOT NULL,
	"reach" jsonb NOT NULL,
	"suggestions" jsonb NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "approvals" DROP CONSTRAINT "approvals_state_known";--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "title_by_person" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "mode" text DEFAULT 'ask' NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "head" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "parent_id" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "needs_second" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "first_by_id" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "first_by" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "first_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "apply_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "cancelled_by" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "grant_id" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "rolls_back" text;--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "rolled_back_by" text;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "feedback" ADD CONSTRAINT "feedback_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "message_texts" ADD CONSTRAINT "message_texts_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "queued_messages" ADD CONSTRAINT "queued_messages_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "dashboards_owner" ON "dashboards" USING btree ("owner","updated_at");--> statement-breakpoint
CREATE INDEX "notifications_owner" ON "notifications" USING btree ("owner","at");--> statement-breakpoint
CREATE INDEX "notifications_subject" ON "notifications" USING btree ("owner","subject");--> statement-breakpoint
CREATE INDEX "push_subscriptions_owner" ON "push_subscriptions" USING btree ("owner");--> statement-breakpoint
CREATE INDEX "attachments_owner" ON "attachments" USING btree ("owner","created_at");--> statement-breakpoint
CREATE INDEX "attachments_expires" ON "attachments" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "feedback_owner" ON "feedback" USING btree ("owner","at");--> statement-breakpoint
CREATE INDEX "message_texts_words" ON "message_texts" USING gin ("words");--> statement-breakpoint
CREATE INDEX "message_texts_owner_at" ON "message_texts" USING btree ("owner","at");--> statement-breakpoint
CREATE INDEX "message_texts_conversation" ON "message_texts" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "queued_messages_conversation" ON "queued_messages" USING btree ("conversation_id","position");--> statement-breakpoint
CREATE INDEX "shares_conversation" ON "shares" USING btree ("conversation_id");--> statement-breakpoint
CREATE INDEX "shares_owner" ON "shares" USING btree ("owner","created_at");--> statement-breakpoint
CREATE INDEX "approval_grants_actor" ON "approval_grants" USING btree ("actor_id","conversation","tool");--> statement-breakpoint
CREATE INDEX "approval_grants_expires" ON "approval_grants" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "messages_parent" ON "messages" USING btree ("conversation_id","parent_id");--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_state_known" CHECK ("approvals"."state" in ('pending','scheduled','cancelled','denied','expired','superseded','running','succeeded','failed','interrupted'));--> statement-breakpoint
UPDATE "messages" SET "parent_id" = (SELECT "before"."id" FROM "messages" "before" WHERE "before"."conversation_id" = "messages"."conversation_id" AND "before"."position" < "messages"."position" ORDER BY "before"."position" DESC LIMIT 1);--> statement-breakpoint
UPDATE "conversations" SET "head" = (SELECT "last"."id" FROM "messages" "last" WHERE "last"."conversation_id" = "conversations"."id" ORDER BY "last"."position" DESC LIMIT 1);--> statement-breakpoint
INSERT INTO "message_texts" ("message_id", "conversation_id", "owner", "role", "at", "body") SELECT "messages"."id", "messages"."conversation_id", "conversations"."owner", "messages"."role", "messages"."created_at", left(coalesce((SELECT string_agg("part"->>'text', ' ') FROM jsonb_array_elements("messages"."parts") "part" WHERE "part"->>'type' = 'text'), ''), 60000) FROM "messages" JOIN "conversations" ON "conversations"."id" = "messages"."conversation_id";
