import type { PeerCertificate } from 'node:tls'
import type { Principal } from '../contract/index.ts'
import { requireCertified } from './identity/certificate-names.ts'
import type { CallerIdentity, Credentials } from './identity/credentials.ts'

/** What a caller shows on wires with headers: a token each call, and on TLS its certificate. */
export interface CallerProof {
  /** `Bearer <token>` */
  readonly authorization: string | undefined
  /** `null`: a plain connection. */
  readonly certificate: PeerCertificate | null
}

/** Which process calls `service`. @throws `mesh.UNTRUSTED_CALLER` */
export function identifyCaller(credentials: Credentials, service: string, proof: CallerProof): CallerIdentity {
  const token = BEARER.exec(proof.authorization ?? '')?.[1] ?? ''
  const identity = credentials.verify(token, service)
  if (proof.certificate) requireCertified(identity.names, proof.certificate)
  return identity
}

/** As whom a caller asks that names nobody: itself. */
export function ownPrincipal({ names }: CallerIdentity): Principal {
  return { kind: 'service', name: names[0]! }
}

const BEARER = /^Bearer +([\x21-\x7e]+)$/i
