/**
 * Tables that an instance keeps for the platform and not for the tenant: in no backup, and unchanged by a restore, so that
 * old sessions stay ended. They are in the tenant's schema, because a tenant's role cannot create another.
 */
export const PLATFORM_TABLES = ['platform_used_ids', 'platform_session_version'] as const;
