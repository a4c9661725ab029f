/**
 * What an instance keeps for the platform, not for the tenant: in no backup, and as it was after a restore, so that old
 * sessions stay ended. In the tenant's schema, as a tenant's role can make no other.
 */
export const PLATFORM_TABLES = ['platform_used_ids', 'platform_session_version'] as const;
