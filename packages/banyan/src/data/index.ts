export type { Database, Row, Session, Shards, Transaction, TransactionOptions, Writer } from './database.ts'
