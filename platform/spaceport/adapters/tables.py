"""The tables, one per record of the domain, column for field. ``migrations`` makes them; a test compares the two."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    func,
)

from spaceport.adapters.columns import LIST_ORDERS, METADATA, hub_columns, id_column, space_column, time_column

users = Table(
    "users",
    METADATA,
    id_column(),
    Column("name", String(96), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("is_admin", Boolean(), nullable=False),
    time_column("created_at", required=True),
    Column("kind", String(8), nullable=False, server_default="user"),
    Column("fullname", String(200), nullable=False, server_default=""),
    Column("email", String(320)),
    Column("bio", String(500), nullable=False, server_default=""),
    Column("website", String(310), nullable=False, server_default=""),
)
Index("uq_users_name", func.lower(users.c.name), unique=True)

access_tokens = Table(
    "access_tokens",
    METADATA,
    id_column(),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String(96), nullable=False),
    Column("role", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    time_column("created_at", required=True),
    Column("scopes", JSON()),
    time_column("expires_at"),
    time_column("last_used_at"),
    Column("oauth_session_id", ForeignKey("oauth_sessions.id", ondelete="CASCADE"), index=True),
)

sessions = Table(
    "sessions",
    METADATA,
    id_column(),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    time_column("created_at", required=True),
    time_column("expires_at", required=True),
    Column("browser", String(300), nullable=False, server_default=""),
)

spaces = Table(
    "spaces",
    METADATA,
    id_column(),
    Column("owner_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("owner", String(96), nullable=False),
    Column("name", String(96), nullable=False),
    Column("subdomain", String(63), nullable=False, unique=True),
    Column("loopback_address", String(15), nullable=False, unique=True),
    Column("sdk", String(32), nullable=False),
    Column("private", Boolean(), nullable=False),
    time_column("created_at", required=True),
    time_column("modified_at", required=True),
    Column("hardware", String(64), nullable=False),
    Column("card", JSON(), nullable=False),
    Column("has_app", Boolean(), nullable=False),
    Column("head_sha", String(64)),
    Column("desired", String(16), nullable=False),
    Column("stop_reason", String(500)),
    Column("target_release_id", String(64)),
    Column("generation", Integer(), nullable=False),
    Column("failed_generation", Integer(), nullable=False),
    Column("build_failure", String(2000)),
    Column("start_failure", String(2000)),
    Column("suggestion", String(2000)),
    Column("rebuild_requested", String(16)),
    Column("rebuild_by", String(96)),
    Column("planned_push_id", String(64)),
    Column("stage", String(32), nullable=False),
    Column("stage_reason", String(2500)),
    time_column("stage_since"),
    time_column("stage_deadline_at"),
    time_column("last_visit_at"),
    Column("visits", Integer(), nullable=False),
    Column("sleep_seconds", Integer()),
    Column("rest", String(16), nullable=False, server_default="awake"),
    time_column("rest_since"),
    Column("rest_reason", String(500)),
    time_column("last_use_at"),
    Column("wake_tries", Integer(), nullable=False, server_default="0"),
    Column("wake_seconds", Float()),
    Column("thaw_seconds", Float()),
    time_column("waiting_since"),
    Column("volume_bytes", BigInteger(), nullable=False, server_default="0"),
    Column("volume_used_bytes", BigInteger()),
    Column("volume_is_stale", Boolean(), nullable=False, server_default=false()),
    Column("mounts", JSON(), nullable=False, server_default="[]"),
    Column("linked", JSON(), nullable=False, server_default="{}"),
    Column("missing_secrets", JSON(), nullable=False, server_default="[]"),
    Column("duplicated_from", String(200)),
    time_column("review_requested_at"),
    Column("links_version", Integer, nullable=False, server_default="0"),
    Column("is_app_open", Boolean(), nullable=False, server_default=false()),
    *hub_columns(),
)
Index("uq_spaces_owner_name", func.lower(spaces.c.owner), func.lower(spaces.c.name), unique=True)
Index("ix_spaces_modified_at", spaces.c.modified_at)
Index("ix_spaces_stage", spaces.c.stage)
Index("ix_spaces_hardware", spaces.c.hardware)
for _name in LIST_ORDERS:
    Index(f"ix_spaces_{_name}_id", spaces.c[_name], spaces.c.id)

pushes = Table(
    "pushes",
    METADATA,
    id_column(),
    space_column(),
    Column("sha", String(64), nullable=False),
    Column("message", String(500), nullable=False),
    Column("pushed_by", String(96), nullable=False),
    time_column("pushed_at", required=True),
    Column("card", JSON(), nullable=False),
    Column("dependency_files", JSON(), nullable=False),
    Column("tree", String(64)),
    Column("problem", String(500)),
)
Index("ix_pushes_space_id_pushed_at", pushes.c.space_id, pushes.c.pushed_at)

builds = Table(
    "builds",
    METADATA,
    id_column(),
    space_column(),
    Column("sha", String(64), nullable=False),
    Column("deps_hash", String(64), nullable=False),
    Column("trigger", String(200), nullable=False),
    time_column("created_at", required=True),
    time_column("deadline_at", required=True),
    Column("status", String(16), nullable=False, index=True),
    Column("attempt", Integer(), nullable=False),
    Column("no_cache", Boolean(), nullable=False),
    Column("phase", String(100)),
    Column("runner_id", String(96)),
    time_column("started_at"),
    time_column("finished_at"),
    Column("image", String(255)),
    Column("installed", Boolean(), nullable=False),
    Column("reason", String(2000)),
    Column("suggestion", String(2000)),
    Column("requested_by", String(96), nullable=False, server_default=""),
    Column("use_lock", Boolean(), nullable=False, server_default=false()),
    time_column("handed_at"),
)
Index("ix_builds_created_at", builds.c.created_at)

releases = Table(
    "releases",
    METADATA,
    id_column(),
    space_column(),
    Column("build_id", String(64), nullable=False, index=True),
    Column("number", Integer(), nullable=False),
    Column("sha", String(64), nullable=False),
    Column("sdk", String(32), nullable=False),
    Column("template", String(64), nullable=False),
    Column("image", String(255), nullable=False),
    Column("runner_id", String(96), nullable=False),
    Column("app_file", String(1000), nullable=False),
    Column("app_port", Integer(), nullable=False),
    time_column("created_at", required=True),
    Column("kind", String(16), nullable=False, server_default="push"),
    Column("created_by", String(96), nullable=False, server_default=""),
    Column("message", String(500), nullable=False, server_default=""),
    Column("deps_hash", String(64), nullable=False, server_default=""),
    Column("lock", Text()),
    Column("card", JSON(), nullable=False, server_default="{}"),
    Column("variables", JSON(), nullable=False, server_default="{}"),
    Column("secret_versions", JSON(), nullable=False, server_default="{}"),
    Column("hardware", String(64), nullable=False, server_default="cpu-basic"),
    Column("source_release_id", String(64)),
    Column("restore_from", String(128), nullable=False, server_default=""),
    Column("build_seconds", Float()),
    Column("status", String(16), nullable=False, server_default="starting"),
    time_column("live_at"),
    time_column("ended_at"),
    Column("failure", String(2000)),
    Column("suggestion", String(2000)),
    Column("image_gone", Boolean(), nullable=False, server_default=false()),
)
Index("uq_releases_space_id_number", releases.c.space_id, releases.c.number, unique=True)

instances = Table(
    "instances",
    METADATA,
    id_column(),
    space_column(),
    Column("release_id", String(64), nullable=False),
    Column("runner_id", String(96), nullable=False),
    Column("generation", Integer(), nullable=False),
    time_column("created_at", required=True),
    Column("role", String(16), nullable=False, index=True),
    time_column("deadline_at"),
    Column("swap_version", Integer()),
    Column("host", String(255)),
    Column("port", Integer()),
    time_column("ready_at"),
    time_column("ended_at"),
    Column("exit_code", Integer()),
    Column("reason", String(2000)),
    Column("restart", Integer(), nullable=False, server_default="0"),
)

variables = Table(
    "variables",
    METADATA,
    id_column(),
    space_column(),
    Column("key", String(100), nullable=False),
    Column("value", Text(), nullable=False),
    Column("description", String(500), nullable=False),
    time_column("updated_at", required=True),
    Column("updated_by", String(96), nullable=False),
)
Index("uq_variables_space_id_key", variables.c.space_id, variables.c.key, unique=True)

secrets = Table(
    "secrets",
    METADATA,
    id_column(),
    space_column(),
    Column("key", String(100), nullable=False),
    Column("version", Integer(), nullable=False),
    Column("sealed", Text(), nullable=False),
    Column("description", String(500), nullable=False),
    time_column("updated_at", required=True),
    Column("updated_by", String(96), nullable=False),
    time_column("removed_at"),
)
Index("uq_secrets_space_id_key_version", secrets.c.space_id, secrets.c.key, secrets.c.version, unique=True)

redirects = Table(
    "redirects",
    METADATA,
    id_column(),
    space_column(),
    Column("owner", String(96), nullable=False),
    Column("name", String(96), nullable=False),
    Column("subdomain", String(63), nullable=False, index=True),
    time_column("created_at", required=True),
)
Index("uq_redirects_owner_name", func.lower(redirects.c.owner), func.lower(redirects.c.name), unique=True)

happenings = Table(
    "happenings",
    METADATA,
    id_column(),
    # No foreign key: what happened to a Space is still true when it is gone.
    Column("space_id", String(64), nullable=False, index=True),
    Column("space_name", String(200), nullable=False),
    Column("number", Integer(), nullable=False, unique=True),
    time_column("at", required=True),
    Column("kind", String(16), nullable=False),
    Column("actor", String(96), nullable=False),
    Column("summary", String(2500), nullable=False),
    Column("details", JSON(), nullable=False),
)

#: Models and datasets.
repos = Table(
    "repos",
    METADATA,
    id_column(),
    Column("type", String(16), nullable=False),
    Column("owner_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("owner", String(96), nullable=False),
    Column("name", String(96), nullable=False),
    Column("private", Boolean(), nullable=False),
    time_column("created_at", required=True),
    time_column("modified_at", required=True),
    Column("head_sha", String(40)),
    Column("card", JSON(), nullable=False),
    *hub_columns(),
    Column("pipeline_tag", String(96)),
    Column("library_name", String(96)),
    Column("config", JSON()),
    Column("safetensors", JSON()),
    Column("gguf", JSON()),
    Column("parameters", BigInteger()),
)
for _name in LIST_ORDERS:
    Index(f"ix_repos_type_{_name}_id", repos.c.type, repos.c[_name], repos.c.id)
Index("ix_repos_type_gated", repos.c.type, repos.c.gated)
Index("ix_repos_type_parameters", repos.c.type, repos.c.parameters)
Index("uq_repos_type_owner_name", repos.c.type, func.lower(repos.c.owner), func.lower(repos.c.name), unique=True)

#: How far each reader of the happenings has come.
cursors = Table("cursors", METADATA, id_column(), Column("number", Integer(), nullable=False))

webhooks = Table(
    "webhooks",
    METADATA,
    id_column(),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", String(2000), nullable=False),
    Column("sealed_secret", Text()),
    Column("watched", JSON(), nullable=False),
    Column("domains", JSON(), nullable=False),
    Column("is_enabled", Boolean(), nullable=False),
    time_column("created_at", required=True),
    time_column("day_began_at"),
    Column("day_deliveries", Integer(), server_default="0", nullable=False),
)

deliveries = Table(
    "deliveries",
    METADATA,
    id_column(),
    Column("webhook_id", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("happening_id", String(64), nullable=False),
    Column("payload", JSON(), nullable=False),
    time_column("created_at", required=True),
    Column("status", String(16), nullable=False, index=True),
    Column("attempts", Integer(), nullable=False),
    time_column("next_attempt_at"),
    Column("response_status", Integer()),
    Column("response", String(2000)),
)
