export { startPostgresProxy, type PostgresProxy } from './postgres-proxy.ts'
export { startTestPostgres, type TestPostgres, type TestPostgresOptions } from './postgres.ts'
