import type { PeerCertificate } from 'node:tls'
import { errorFromJson } from '../../../contract/index.ts'
import { requireCertified } from '../../identity/certificate-names.ts'
import type { Credentials } from '../../identity/credentials.ts'
import { frameKinds, MalformedFrame } from '../frame/frame.ts'
import { chooseProtocol, ownGreeting, readGreeting, readWelcome, type Welcome } from '../frame/greeting.ts'
import type { StreamLimits } from '../limits.ts'
import type { Link } from '../link.ts'
import type { PayloadReader } from '../frame/payload-reader.ts'

export interface ClientGreetingOptions {
  readonly credentials: Credentials
  readonly limits: StreamLimits
  readonly release: string
  readonly certificate: () => PeerCertificate
}

/** The caller's part of a greeting: takes the greeting, says hello, takes the welcome. Afterwards it keeps the token fresh. */
export class ClientGreeting {
  readonly #options: ClientGreetingOptions
  #audience: string | null = null
  #token = ''

  constructor(options: ClientGreetingOptions) {
    this.#options = options
  }

  /** The welcome, once it has come. @throws BanyanError when not let in, MalformedFrame */
  take(kind: number, payload: PayloadReader, link: Link): Welcome | null {
    if (kind === frameKinds.refusal) throw errorFromJson(payload.restJson())
    if (kind === frameKinds.greeting && this.#audience === null) this.#sayHello(payload, link)
    else if (kind === frameKinds.welcome && this.#audience !== null) return readWelcome(payload)
    else throw new MalformedFrame('the peer does not greet')
    return null
  }

  /** There is a new token half a life before the last one ends. */
  renewToken(link: Link): void {
    if (this.#audience === null) return
    const token = this.#options.credentials.issue(this.#audience)
    if (token === this.#token) return
    this.#token = token
    link.sendText(frameKinds.token, token)
  }

  #sayHello(payload: PayloadReader, link: Link): void {
    const { credentials, limits, release, certificate } = this.#options
    const theirs = readGreeting(payload)
    if (credentials.tls !== null) requireService(theirs.names, certificate())
    const { protocol: range, names } = ownGreeting(credentials.names, release)
    const protocol = chooseProtocol({ protocol: range, names, release }, theirs)
    this.#audience = theirs.names[0]!
    this.#token = credentials.issue(this.#audience)
    const { maxFrameBytes } = limits
    const hello = { protocol, range, names, release, token: this.#token, maxFrameBytes }
    link.sendText(frameKinds.hello, JSON.stringify(hello))
  }
}

/** It is the service that cannot be trusted here, so nothing is sent to it. */
function requireService(names: readonly string[], certificate: PeerCertificate): void {
  try {
    requireCertified(names, certificate)
  } catch (cause) {
    throw new Error('it shows no certificate for its name', { cause })
  }
}
