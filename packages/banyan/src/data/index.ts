export type { Database, Row, Session, Shards, TransactionOptions } from './database.ts'
