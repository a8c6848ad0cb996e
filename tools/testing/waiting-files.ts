/**
 * Files that mostly wait: for a limit to pass, a lease to end, a server to start. One of them at a time runs beside the others, so that
 * no core is idle for it. Each needs at most half a core, measured with three at a time on 2 cores (2026-11-30).
 */
export const WAITING_FILES: ReadonlySet<string> = new Set([
  'chaos/cache/campaign.fault.test.ts',
  'packages/banyan/src/data/database.fault.test.ts',
  'packages/banyan/src/data/embedded/embedded.fault.test.ts',
  'packages/banyan/src/events/feed.integration.test.ts',
  'packages/banyan/src/events/nats/nats.fault.test.ts',
  'packages/banyan/src/events/server-crash.fault.test.ts',
  'packages/banyan/src/gateway/behind-a-cache/nginx.integration.test.ts',
  'packages/banyan/src/gateway/behind-a-cache/varnish.integration.test.ts',
  'packages/banyan/src/gateway/gateway-http.integration.test.ts',
  'packages/banyan/src/gateway/gateway-lifecycle.integration.test.ts',
  'packages/banyan/src/gateway/limits/shared-rate-limiter.fault.test.ts',
  'packages/banyan/src/log/remote/remote-source.integration.test.ts',
  'packages/banyan/src/mesh/wires-tls.integration.test.ts',
  'packages/banyan/src/saga/run/engine.integration.test.ts',
  'packages/banyan/src/saga/skew.integration.test.ts',
  'packages/shop/src/audit/caches.integration.test.ts',
  'packages/shop/src/faults/database-gone.fault.test.ts',
  'packages/shop/src/faults/database-stalled.fault.test.ts',
  'packages/shop/src/faults/fault-points.fault.test.ts',
  'packages/shop/src/faults/outage-lines.fault.test.ts',
  'packages/shop/src/faults/past-deadline.fault.test.ts',
  'packages/shop/src/faults/paused-process.fault.test.ts',
  'packages/shop/src/faults/sessions.property.test.ts',
  'packages/shop/src/faults/take-over.fault.test.ts',
  'packages/shop/src/orders/read-your-writes.integration.test.ts',
  'packages/shop/src/testing/every-topology/hostile.integration.test.ts',
  'tools/compile-ahead.integration.test.ts',
  'tools/docs/put-a-cdn-in-front.integration.test.ts',
])
