/** How processes know each other: short-lived signed tokens, certificates, or both. */
export interface Credentials {
  /** The service in whose name this process calls: `orders`, `gateway`. */
  readonly name: string
  /** A token for calls to `service`, not older than half its life. */
  issue(service: string): string
  /** The name of the service that signed the token. @throws `mesh.UNTRUSTED_CALLER` */
  verify(token: string, audience: string): string
  /** Certificate, key and authority, PEM; `null`: plain connections. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string } | null
}
