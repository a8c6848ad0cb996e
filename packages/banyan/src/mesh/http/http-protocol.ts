/** Before the id of the operation: `POST /call/orders.getOrder`. */
export const CALL_PATH = '/call/'

/** 200 while new calls are taken, 503 while the process drains. */
export const READY_PATH = '/health/ready'

/** Headers of this wire, beside those of `call-headers.ts`. */
export const HTTP_HEADERS = {
  /** What is left of the deadline when the request is sent. Absent: what the operation allows. */
  timeoutMs: 'banyan-timeout-ms',
  /** Fields that win over those of the body, as a JSON object: what a proxy took from path and query. */
  fields: 'banyan-fields',
  /** On answers: `true` while the process drains, so that the caller goes elsewhere. */
  draining: 'banyan-draining',
} as const
