import type { Clock } from '../core/index.ts'

/** What clients do to the app in a chaos run. The app's own: only it knows what its users do, and what must be left. */
export interface Workload {
  /** Settings the app is started with, e.g. the password of its admin. */
  readonly environment: Readonly<Record<string, string>>
  /** Makes what the visits need: accounts, stock. The app runs, and nothing is broken yet. */
  open(tools: WorkloadTools): Promise<OpenWorkload>
  /**
   * Starts who the app deals with, before the app: a payment provider as a process of its own, which outlives what is done to
   * the app. Default: nobody.
   */
  startWitness?(place: WitnessPlace): Promise<Witness>
}

export interface WitnessPlace {
  /** Of its own, empty. */
  readonly folder: string
  /** What a process that it starts inherits. */
  readonly inherited: Readonly<Record<string, string | undefined>>
  /** Where the app can be called back, always the same; broken when the link to the clients is. */
  readonly appUrl: string
  /** May serve to draw what the witness does wrong. */
  readonly seed: number
}

/** Somebody outside the app, with books of its own. */
export interface Witness extends AsyncDisposable {
  /** Settings that make the app deal with it. */
  readonly environment: Readonly<Record<string, string>>
  /** What it has done, for the report: `webhooksAccepted`. */
  figures(): Promise<Readonly<Record<string, number>>>
}

export interface WorkloadTools {
  readonly client: WorkloadClient
  /** How many visits there will be. */
  readonly visits: number
  readonly seed: number
  readonly clock: Clock
}

export interface OpenWorkload {
  /** Texts that no log may hold: passwords, card data (I21). */
  readonly secrets: readonly string[]
  /**
   * The n-th visit, the same for the same seed and number whatever happens around it. Resolves once everything that it asked
   * for has a final answer.
   */
  visit(index: number): Promise<Visit>
  /** What is on its way still, in sentences. */
  findOpen(): Promise<readonly string[]>
  /** Once nothing is on its way. */
  judge(): Promise<Judgement>
  /** Reads what everybody may: done while the audit looks, so that caches have something to be compared with (I11). Default: nothing. */
  browse?(): Promise<void>
}

export interface Visit {
  /** Each final answer, as it is counted: `201`, `402 payments.CARD_DECLINED`. */
  readonly answers: readonly string[]
  /** It got what it came for; a refusal that is right is none. */
  readonly succeeded: boolean
  /** What was wrong with what it was told, in sentences. */
  readonly complaints: readonly string[]
}

export interface Judgement {
  /** What does not add up, in sentences. */
  readonly complaints: readonly string[]
  /** What is worth saying, by name. */
  readonly figures: Readonly<Record<string, number>>
}

/** Calls the app wherever it runs at the moment: it may be killed, and come back under another port. */
export interface WorkloadClient {
  /** One request; `null` when no answer came. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer | null>
  /**
   * The same request with the same key until the answer is final, as a careful client does. Each attempt is in the journal
   * before it is sent, and its answer before anybody acts on it. @throws when there is none in time.
   */
  insist(method: string, path: string, options: KeyedRequest): Promise<Answer>
  /** Writes a read into the journal: a session never sees less than it has seen (I12). */
  noteRead(read: NotedRead): void
}

export interface RequestOptions {
  readonly token?: string
  readonly key?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** What of a request changes from attempt to attempt. */
export interface KeyedRequest extends Pick<RequestOptions, 'body'> {
  readonly key: string
  readonly session: WorkloadSession
}

/** Somebody who logged in. */
export interface WorkloadSession {
  readonly name: string
  token: string
  /** Gets a new token: the old one has expired. */
  renew(): Promise<void>
}

/** What the app answered. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: AnswerBody
}

export interface AnswerBody {
  readonly data?: unknown
  readonly error?: {
    readonly code: string
    readonly effect: string
    readonly retry: string
    readonly details: Readonly<Record<string, unknown>>
  }
  readonly meta?: { readonly page?: { readonly nextCursor: string | null } }
}

export interface NotedRead {
  readonly session: string
  readonly path: string
  readonly status: number
  /** How far the resource had come: rising numbers, of which a later read shows none that is smaller. */
  readonly stage: number
}
