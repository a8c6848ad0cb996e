import { Metadata, type Client, type ServiceError } from '@grpc/grpc-js'
import { coreErrors, type Clock } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import { NO_RELEASE, RELEASE_HEADER } from '../releases.ts'
import { HEALTH_CHECK_PATH, healthRequest, healthResponse } from './health.ts'

export interface HealthProbeOptions {
  readonly address: string
  readonly release: string
  readonly clock: Clock
}

const PROBE_TIMEOUT_MS = 5_000

/** Asks `grpc.health.v1.Health/Check`, which any gRPC server should have. @throws `mesh.UNREACHABLE`, `api.CANCELLED` */
export function createHealthProbe({ address, release, clock }: HealthProbeOptions, client: () => Client) {
  const request = Buffer.from(healthRequest.encode({ service: '' }))
  const fail = (fault: string, cause?: Error) => meshErrors.UNREACHABLE({ address, fault }, { cause })
  return (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(coreErrors.CANCELLED({}, { cause: signal.reason }))
      const deadline = clock.now() + PROBE_TIMEOUT_MS
      const answer = (error: ServiceError | null, status?: unknown) => {
        signal.removeEventListener('abort', cancel)
        if (signal.aborted) reject(coreErrors.CANCELLED({}, { cause: signal.reason }))
        else if (error) reject(fail(error.details, error))
        else if (status === 'SERVING') resolve()
        else reject(fail(`it says ${String(status)}`))
      }
      const toBytes = (bytes: Buffer) => bytes
      const read = (bytes: Buffer) => (healthResponse.decode(bytes) as { status?: string }).status
      const metadata = new Metadata()
      if (release !== NO_RELEASE) metadata.set(RELEASE_HEADER, release)
      const check = client().makeUnaryRequest(HEALTH_CHECK_PATH, toBytes, read, request, metadata, { deadline }, answer)
      const cancel = () => check.cancel()
      signal.addEventListener('abort', cancel, { once: true })
    })
}
