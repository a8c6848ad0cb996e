/** A test, or a kind of run, that would fail if these invariants did not hold. */
export interface Claim {
  readonly invariants: readonly string[]
  /** What it does, as a reader of the table wants to know it. */
  readonly text: string
  /** From the root. */
  readonly file: string
}

const BANYAN = 'packages/banyan/src'
const SHOP = 'packages/shop/src'

/** What shows the invariants of docs/guarantees.md. A row is added with the test that carries it, never before. */
export const CLAIMS: readonly Claim[] = [
  claim(
    'I1 I2 I3 I7 I14 I15',
    'checkout and cancel over two processes: declined, sold out, lost answers, take-over',
    `${SHOP}/orders/checkout.integration.test.ts`,
  ),
  claim(
    'I1 I2 I3 I4 I5 I6 I7',
    'shop and database killed under load, audited with the clients’ journal',
    `${SHOP}/faults/kill.fault.test.ts`,
  ),
  claim(
    'I1 I2 I3 I4',
    'a charged order whose shop comes back past its deadline',
    `${SHOP}/faults/past-deadline.fault.test.ts`,
  ),
  claim(
    'I1 I2 I3 I4 I5 I14 I15',
    'a crash before and after every step of a checkout',
    `${SHOP}/faults/crash-points.fault.test.ts`,
  ),
  claim('I2 I3 I5', 'charges, refunds, compensations and their races', `${SHOP}/payments/service.integration.test.ts`),
  claim('I2 I3', 'lost answers, parked intents', `${SHOP}/payments/recovery.fault.test.ts`),
  claim('I2', 'webhooks before, after and during the answer', `${SHOP}/payments/webhooks.integration.test.ts`),
  claim('I2 I3 I5', 'any history of a payment', `${SHOP}/payments/domain.property.test.ts`),
  claim(
    'I2 I3 I5',
    'any interleaving of charges, cancels, refunds, notices and lost answers',
    `${SHOP}/payments/interleavings.property.test.ts`,
  ),
  claim('I2 I5', 'every cent through version 1 and back', `${BANYAN}/contract/schema/money.property.test.ts`),
  claim('I4', 'stock under any order of events', `${SHOP}/products/stock/stock-book.property.test.ts`),
  claim(
    'I4',
    '500 buyers of 30, two processes and one last piece, tombstones',
    `${SHOP}/products/stock/reserve-stock.integration.test.ts`,
  ),
  claim('I6', 'commits whose answer is lost, killed servers', `${BANYAN}/data/database.fault.test.ts`),
  claim('I6', 'the embedded server under kill -9', `${BANYAN}/data/embedded/embedded.fault.test.ts`),
  claim('I6', 'requests under way at a shutdown', `${BANYAN}/gateway/gateway-lifecycle.integration.test.ts`),
  claim('I7 I13', 'keys, twins, outcomes, broken-off commands', `${BANYAN}/command/runner.integration.test.ts`),
  claim(
    'I7 I13',
    'keys used again by anybody, in two processes, with lost commits',
    `${BANYAN}/command/claim.property.test.ts`,
  ),
  claim('I7 I8 I13', 'a batch equals one after another', `${BANYAN}/command/batch.property.test.ts`),
  claim('I13', '1,000 twins over two processes', `${BANYAN}/command/twins.fault.test.ts`),
  claim('I7', 'who may call which route', `${SHOP}/access.test.ts`),
  claim(
    'I7',
    'refresh tokens: owners, thieves, doubled and lost requests',
    `${SHOP}/users/sessions/refresh-family.property.test.ts`,
  ),
  claim('I6 I8', 'a commit whose answer is lost keeps its event', `${BANYAN}/command/lost-commit.fault.test.ts`),
  claim(
    'I8 I9',
    'every committed event once, in order, up to the watermark',
    `${BANYAN}/log/local/source.integration.test.ts`,
  ),
  claim(
    'I9',
    'what a process has drawn itself, beside others, roll-backs and fail-overs',
    `${BANYAN}/log/local/own-appends.integration.test.ts`,
  ),
  claim('I9', 'a broker that loses, doubles, delays and mixes', `${BANYAN}/log/gaps.property.test.ts`),
  claim('I9', 'no commit with an effect and without its position', `${BANYAN}/events/one-commit.integration.test.ts`),
  claim('I9 I17', 'consumers, dead letters, replay', `${BANYAN}/events/consumer.integration.test.ts`),
  claim('I9 I17', 'consumers killed at any moment', `${BANYAN}/events/consumer.fault.test.ts`),
  claim('I9 I17', 'the consumers’ server killed', `${BANYAN}/events/server-crash.fault.test.ts`),
  claim('I17', 'the guilty events of any batch are found', `${BANYAN}/events/consumer/plan.property.test.ts`),
  claim('I10', 'a rebuild beside the live table', `${BANYAN}/events/projection/rebuild.integration.test.ts`),
  claim('I10', 'the same end whichever log is ahead', `${SHOP}/orders/projections/order-history.property.test.ts`),
  claim(
    'I11 I12',
    'kept answers: a write ends them, a read that began before it is not kept',
    `${BANYAN}/gateway/caching/cached-read.integration.test.ts`,
  ),
  claim(
    'I11 I12',
    'no old fill lands over or after a newer value, in any order of events',
    `${BANYAN}/cache/application-cache.property.test.ts`,
  ),
  claim(
    'I11',
    'Redis killed, frozen, full, flushed, cut off: no answer is old',
    `${BANYAN}/cache/redis/shared-reads.fault.test.ts`,
  ),
  claim('I11 I12', 'two gateways with and without Redis', `${SHOP}/products/kept-answers.integration.test.ts`),
  claim(
    'I11',
    'a wrong answer planted in Redis is named by the audit, there and in the memory of the gateway that took it',
    `${SHOP}/audit/caches.integration.test.ts`,
  ),
  claim(
    'I11',
    'two processes bring what they wrote to Redis in any order: never older than what was told',
    `${BANYAN}/cache/redis/brought.property.test.ts`,
  ),
  claim(
    'I11',
    'Redis slow, silent, deaf, cut, full, flushed, killed, and a silent log: nothing older than the bound, the database spared',
    `${SHOP}/products/caches-cut-off.fault.test.ts`,
  ),
  claim('I11', 'kept query results end with the events', `${BANYAN}/cache/query-cache.integration.test.ts`),
  claim('I11', 'a new price behind Varnish and nginx', `${SHOP}/products/price-behind-a-cdn.integration.test.ts`),
  claim(
    'I12',
    'sessions over two processes whose caches and read models lag',
    `${SHOP}/faults/sessions.property.test.ts`,
  ),
  claim(
    'I12',
    'a client finds its writes in a read model that is held back',
    `${SHOP}/orders/read-your-writes.integration.test.ts`,
  ),
  claim('I12', 'consistency tokens', `${BANYAN}/gateway/request/consistency-tokens.test.ts`),
  claim('I12', 'what is known crosses every wire before the answer', `${BANYAN}/testing/suites/wire-suite.ts`),
  claim('I14 I15', 'turning back, tombstones, take-over, fences', `${BANYAN}/saga/run/engine.integration.test.ts`),
  claim('I2 I3 I15', 'taken over while the provider is asked', `${SHOP}/payments/old-fence.fault.test.ts`),
  claim('I15', 'leases on a slow and lossy network', `${BANYAN}/saga/lease.property.test.ts`),
  claim('I15', 'a process paused past its lease', `${SHOP}/faults/paused-process.fault.test.ts`),
  claim('I19', 'a service in any trouble, and ten seconds after it', `${BANYAN}/mesh/recovery.property.test.ts`),
  claim(
    'I19',
    'a breaker closes, and a balancer calls everybody again, once they are well',
    `${BANYAN}/mesh/resilience/breaker.property.test.ts`,
  ),
  claim('I19', 'instances that come, go, drain and fail', `${BANYAN}/mesh/balancing/balancer.property.test.ts`),
  claim(
    'I20',
    'the same workload in a monolith and in services',
    `${SHOP}/testing/same-everywhere/same-everywhere.integration.test.ts`,
  ),
  claim('I21', 'redaction of fields', `${BANYAN}/observe/redact.test.ts`),
  claim(
    'I15 I16 I18',
    'the audit names fences, rows and sessions that are where they must not be',
    `${BANYAN}/runtime/audit/audit-tables.integration.test.ts`,
  ),
  claim('I12', 'the audit of a journal of reads', `${SHOP}/audit/reads.test.ts`),
  claim('I21', 'the audit of logs', `${BANYAN}/runtime/audit/audit-log-text.test.ts`),
  claim('I21', 'redaction of text', `${BANYAN}/observe/redact-text.test.ts`),
]

function claim(invariants: string, text: string, file: string): Claim {
  return { invariants: invariants.split(' '), text, file }
}
