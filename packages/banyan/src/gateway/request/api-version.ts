import type { Versions } from '../../contract/index.ts'
import { gatewayErrors } from '../gateway-errors.ts'

export interface VersionNotice {
  /** When the version was deprecated, ISO 8601. */
  readonly deprecatedAt: string
  /** When it stops being served, ISO 8601; `null`: not decided. */
  readonly sunsetAt: string | null
}

/** Which version a request means. */
export interface ApiVersions {
  readonly supported: readonly number[]
  /**
   * The version that a request means: the path, `Api-Version` and `?version=` must not contradict each other.
   * @throws `api.UNSUPPORTED_VERSION` with the supported list.
   */
  choose(inPath: number | null, header: string | string[] | undefined, query: string | undefined): number
  /** Headers that tell whoever uses this version that it ends: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594). */
  noticeHeaders(version: number): readonly string[]
  /** For a version that nobody named well. */
  refuse(received: string): Error
}

/** @param notices Which versions are on their way out. */
export function createApiVersions(versions: Versions, notices: ReadonlyMap<number, VersionNotice>): ApiVersions {
  const { supported } = versions
  const byText = new Map(supported.map((version) => [String(version), version]))
  const headers = new Map([...notices].map(([version, notice]) => [version, toHeaders(notice)]))

  function parse(text: string): number {
    const version = byText.get(text)
    if (version === undefined) throw refuse(text)
    return version
  }

  function refuse(received: string): Error {
    return gatewayErrors.UNSUPPORTED_VERSION({ received: received.slice(0, 64), supported })
  }

  return {
    supported,

    choose(inPath, header, query) {
      if (header === undefined && query === undefined) return inPath ?? versions.default
      const named = [header, query].filter((text) => text !== undefined).map((text) => parse(String(text)))
      const version = inPath ?? named[0]!
      const other = named.find((one) => one !== version)
      if (other !== undefined) throw refuse(`${version} and ${other} at once`)
      return version
    },

    noticeHeaders: (version) => headers.get(version) ?? NONE,
    refuse,
  }
}

const NONE: readonly string[] = Object.freeze([])

function toHeaders({ deprecatedAt, sunsetAt }: VersionNotice): readonly string[] {
  const deprecation = ['Deprecation', `@${Math.floor(Date.parse(deprecatedAt) / 1_000)}`]
  return sunsetAt === null ? deprecation : [...deprecation, 'Sunset', new Date(sunsetAt).toUTCString()]
}
