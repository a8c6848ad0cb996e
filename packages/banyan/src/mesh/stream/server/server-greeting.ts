import type { PeerCertificate } from 'node:tls'
import { requireCertified } from '../../identity/certificate-names.ts'
import type { CallerIdentity, Credentials } from '../../identity/credentials.ts'
import { frameKinds, MalformedFrame } from '../frame/frame.ts'
import { readHello, requireProtocol, type Greeting, type Welcome } from '../frame/greeting.ts'
import type { StreamLimits } from '../limits.ts'
import type { NumberedOperation } from './operation-table.ts'
import type { PayloadReader } from '../frame/payload-reader.ts'

/** What has been agreed with a caller. */
export interface Caller {
  readonly identity: CallerIdentity
  readonly maxFrameBytes: number
}

export interface Admission {
  readonly credentials: Credentials
  readonly greeting: Greeting
  /** Whom tokens must be meant for. */
  readonly audience: string
}

/** @throws `mesh.INCOMPATIBLE_PROTOCOL`, `mesh.UNTRUSTED_CALLER`, MalformedFrame */
export function readCaller(
  { kind, payload }: { readonly kind: number; readonly payload: PayloadReader },
  admission: Admission,
  certificate: () => PeerCertificate,
): Caller {
  if (kind !== frameKinds.hello) throw new MalformedFrame('the first frame must be a hello')
  const { token, maxFrameBytes, ...hello } = readHello(payload)
  requireProtocol(hello, admission.greeting)
  return { identity: identify(token, admission, certificate), maxFrameBytes }
}

/** @throws `mesh.UNTRUSTED_CALLER` */
export function identify(token: string, admission: Admission, certificate: () => PeerCertificate): CallerIdentity {
  const { credentials, audience } = admission
  const identity = credentials.verify(token, audience)
  if (credentials.tls !== null) requireCertified(identity.names, certificate())
  return identity
}

export function welcomeOf(operations: readonly NumberedOperation[], limits: StreamLimits): Welcome {
  const { maxFrameBytes, maxInFlight } = limits
  return { operations: operations.map(({ id, kind }) => ({ id, kind })), maxFrameBytes, maxInFlight }
}
