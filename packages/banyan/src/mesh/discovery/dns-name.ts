/** What to ask a name server for. */
export interface DnsName {
  /** As it was written. */
  readonly text: string
  readonly name: string
  /** `null`: the SRV records have it. */
  readonly port: number | null
}

/** `null`: neither `name:port` nor the name of SRV records (`_service._proto.name`, RFC 2782). */
export function parseDnsName(text: string): DnsName | null {
  if (SRV.test(text)) return { text, name: text, port: null }
  const { name, port } = HOST.exec(text)?.groups ?? {}
  if (name === undefined || Number(port) < 1 || Number(port) > 65_535) return null
  return { text, name, port: Number(port) }
}

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const HOST = new RegExp(`^(?<name>${LABEL}(?:\\.${LABEL})*\\.?):(?<port>\\d{1,5})$`)
const SRV = new RegExp(`^_[a-zA-Z0-9-]+\\._(?:tcp|udp)(?:\\.${LABEL})+\\.?$`)
