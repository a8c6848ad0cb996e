/** How calls to one service are protected; every figure has a default, and a topology may change it. */
export interface ResiliencePolicy {
  readonly retry: {
    /** The first attempt counts. Default 3; 1: never. */
    readonly maxAttempts: number
    /** Full jitter, doubling. Default 50. */
    readonly firstDelayMs: number
    /** Default 1,000. */
    readonly maxDelayMs: number
    /** Retries, those in backoff included, as a share of active calls. Default 0.2. */
    readonly budgetRatio: number
    /** Retries always allowed at once. Default 3. */
    readonly budgetFloor: number
  }
  readonly breaker: {
    /** Share of failures that opens it, timeouts included. Default 0.5. */
    readonly failureRatio: number
    /** Calls in the window before it may open. Default 20. */
    readonly minCalls: number
    /** Default 10,000. */
    readonly windowMs: number
    /** How long it stays open before one probe. Default 5,000. */
    readonly openMs: number
    /** The probe's own deadline. Default 1,000. */
    readonly probeTimeoutMs: number
  }
  readonly bulkhead: {
    /** Calls of this caller to the service at once. Default 1,000. */
    readonly maxInFlight: number
    /** Calls that may wait for room. Default 0. */
    readonly maxWaiting: number
  }
}
