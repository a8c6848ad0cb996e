/** Where a PostgreSQL is and as whom to enter: what `pg` needs, nothing else. */
export interface ConnectionOptions {
  /** Host name, address, or the folder of a unix socket (begins with `/`). */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password?: string
  /** TLS: `true` verifies with the system's roots; an object is handed to node:tls. Default off. */
  readonly ssl?: boolean | Readonly<Record<string, unknown>>
}

const PROTOCOLS = new Set(['postgres:', 'postgresql:'])

/** Reads a `postgres://user:password@host:port/database?sslmode=require` address. @throws TypeError when it is none */
export function parseConnectionUrl(url: string): ConnectionOptions {
  // libpq allows no host before `?host=/folder`; a WHATWG URL with a user needs one.
  const parsed = new URL(url.replace('@/', '@localhost/'))
  if (!PROTOCOLS.has(parsed.protocol)) throw new TypeError(`The protocol must be postgres:, got ${parsed.protocol}`)
  const socketFolder = parsed.searchParams.get('host')
  return {
    host: socketFolder ?? decodeURIComponent(parsed.hostname.replace(/^\[|\]$/g, '') || 'localhost'),
    port: Number(parsed.port || parsed.searchParams.get('port') || 5432),
    user: decodeURIComponent(parsed.username || parsed.searchParams.get('user') || 'postgres'),
    database: decodeURIComponent(parsed.pathname.slice(1) || 'postgres'),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    ...parseSslMode(parsed.searchParams.get('sslmode')),
  }
}

/** libpq's modes: `require` encrypts without verifying, `verify-*` verifies (libpq 34.19.1). */
function parseSslMode(mode: string | null): Pick<ConnectionOptions, 'ssl'> {
  if (mode === 'verify-full' || mode === 'verify-ca') return { ssl: true }
  if (mode === 'require') return { ssl: { rejectUnauthorized: false } }
  return {}
}
