export { migrate, MigrationError, migrationStatus } from './migrate.ts'
export type { MigrateOptions, MigrationErrorCode, MigrationStatus } from './migrate.ts'
