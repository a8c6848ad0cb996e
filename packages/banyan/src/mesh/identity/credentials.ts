/** How processes know each other: short-lived signed tokens, certificates, or both. */
export interface Credentials {
  /** In whose names this process calls: the services it runs, `gateway` for the edge, `audit` for a tool. Never empty. */
  readonly names: readonly string[]
  /** A token for calls to `service`, not older than half its life. Signed anew only then, so no call pays for it. */
  issue(service: string): string
  /** Who the token proves its bearer to be. @throws `mesh.UNTRUSTED_CALLER` */
  verify(token: string, audience: string): CallerIdentity
  /** `null`: plain connections. */
  readonly tls: TlsMaterial | null
}

/** Certificate, key and authority, PEM. Callers and services both show one and ask for one. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

/** What has been proven of another process. */
export interface CallerIdentity {
  /** The names it may call in. */
  readonly names: readonly string[]
  /** It may hand on users: it is the gateway or a service, which got them from its own callers. */
  readonly onBehalf: boolean
  /** Wall time, milliseconds since 1970: until then this is known. */
  readonly expiresAtMs: number
}
