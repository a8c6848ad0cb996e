import type { PeerCertificate } from 'node:tls'
import { meshErrors } from '../mesh-errors.ts'

/** The names that a certificate proves: its subject's common name and its DNS names. */
export function certificateNames({ subject, subjectaltname = '' }: PeerCertificate): readonly string[] {
  const dns = [...subjectaltname.matchAll(/DNS:([^,]+)/g)].map((match) => match[1]!.trim())
  const common = subject?.CN
  return [...new Set(typeof common === 'string' ? [common, ...dns] : dns)]
}

/** Certificates bind names to keys: no process can claim one that its own certificate does not carry. @throws `mesh.UNTRUSTED_CALLER` */
export function requireCertified(names: readonly string[], certificate: PeerCertificate): void {
  const certified = certificateNames(certificate)
  const missing = names.filter((name) => !certified.includes(name))
  if (missing.length === 0) return
  const fault = `its certificate is for ${certified.join(', ') || 'nobody'}, not for ${missing.join(', ')}`
  throw meshErrors.UNTRUSTED_CALLER({ fault })
}
