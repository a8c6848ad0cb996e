import type { Answer, Visit, Workload, WorkloadClient, WorkloadSession } from 'banyan/runtime'

/**
 * What clients do to my-notes while the app is broken on purpose, and what must be left of it:
 * `npx banyan chaos --workload FILE`. Change it with the service.
 */
export const workload: Workload = {
  // Nobody is refused for asking often, and a process that is to end does not wait for more.
  environment: { RATE_LIMIT_PER_SECOND: '0', DRAIN_DELAY_MS: '0' },
  async open({ client }) {
    const people: Person[] = []
    for (let number = 1; number <= PEOPLE; number++) people.push(await logIn(client, number))
    const told = new Map<string, number>()
    return {
      secrets: [],
      visit: (index) => visit({ client, person: people[index % PEOPLE]!, told }, index),
      // An answer is final here. Where a saga goes on behind it, say what is still open.
      findOpen: async () => [],
      async judge() {
        const entries = (await Promise.all(people.map((person) => readAll(client, person)))).flat()
        return { complaints: compareWithTold(entries, told), figures: { entries: entries.length } }
      },
    }
  },
}

export interface StoredEntry {
  readonly number: number
  readonly text: string
}

/** Nothing that was answered is lost or moved (I6), nothing is there twice or unasked (I7). */
export function compareWithTold(entries: readonly StoredEntry[], told: ReadonlyMap<string, number>): string[] {
  const byText = Map.groupBy(entries, ({ text }) => text)
  const lost = [...told].flatMap(([text, number]) =>
    byText.get(text)?.[0]?.number === number ? [] : [`I6: '${text}' was answered as number ${number} and is not there`],
  )
  const unasked = [...byText].flatMap(([text, all]) =>
    all.length === 1 && told.has(text)
      ? []
      : [`I7: '${text}' is there ${all.length} times, answered: ${told.has(text)}`],
  )
  return [...lost, ...unasked]
}

interface Person extends WorkloadSession {
  readonly id: string
}

interface Visiting {
  readonly client: WorkloadClient
  readonly person: Person
  /** The number that each text was answered with. */
  readonly told: Map<string, number>
}

/** Adds an entry, insisting under one key until the answer is final; every fourth asks once more, and must be told the same. */
async function visit({ client, person, told }: Visiting, index: number): Promise<Visit> {
  const text = `entry ${index}`
  const add = () =>
    client.insist('POST', `/api/users/${person.id}/my-notes`, { session: person, key: text, body: { text } })
  const answers = [await add(), ...(index % 4 === 0 ? [await add()] : [])]
  const numbers = new Set(answers.map(numberOf))
  const [number = null] = numbers
  if (number !== null) told.set(text, number)
  return {
    answers: answers.map(({ status, body }) => (body.error ? `${status} ${body.error.code}` : String(status))),
    succeeded: number !== null,
    complaints: numbers.size === 1 ? [] : [`I13: '${text}' was answered as ${[...numbers].join(' and ')}`],
  }
}

function numberOf({ body }: Answer): number | null {
  return (body.data as StoredEntry | undefined)?.number ?? null
}

async function readAll(client: WorkloadClient, person: Person): Promise<StoredEntry[]> {
  await person.renew()
  const entries: StoredEntry[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const path = `/api/users/${person.id}/my-notes?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const answer: Answer | null = await client.request('GET', path, { token: person.token })
    if (answer?.status !== 200) throw new Error(`${path} cannot be read: ${JSON.stringify(answer?.body)}`)
    entries.push(...(answer.body.data as StoredEntry[]))
    cursor = answer.body.meta?.page?.nextCursor ?? null
  }
  return entries
}

/** Each has at most 1,000 entries. */
const PEOPLE = 20

/** One of the shop's demo customers. */
async function logIn(client: WorkloadClient, number: number): Promise<Person> {
  const body = { email: `customer${number}@example.com`, password: 'banyan-demo' }
  const ask = async () => {
    const answer = await client.request('POST', '/api/sessions', { body })
    return answer?.status === 201 ? (answer.body.data as { accessToken: string; user: { id: string } }) : null
  }
  const granted = await ask()
  if (granted === null) throw new Error(`${body.email} cannot log in.`)
  const person: Person = {
    id: granted.user.id,
    name: body.email,
    token: granted.accessToken,
    // The app may be away: the request that needs the token comes back here.
    renew: async () => void (person.token = (await ask())?.accessToken ?? person.token),
  }
  return person
}
