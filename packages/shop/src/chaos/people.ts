import type { WorkloadClient, WorkloadSession } from 'banyan/runtime'

export interface Person extends WorkloadSession {
  readonly id: string
}

interface Credentials {
  readonly email: string
  readonly password: string
}

type Requester = Pick<WorkloadClient, 'request'>

export const ADMIN_PASSWORD = 'the-admin-of-campaigns'
const CUSTOMER_PASSWORD = 'banyan-demo'
/** Of those who register. */
export const NEW_PASSWORD = 'chosen-by-a-new-customer'

/** @throws when the shop does not let them in. */
export async function logIn(client: Requester, credentials: Credentials): Promise<Person> {
  const first = await authenticate(client, credentials)
  if (first.granted === null) throw new Error(`cannot log in as ${credentials.email}: ${first.answer}`)
  const person: Person = {
    ...first.granted,
    name: credentials.email,
    async renew() {
      // The shop may be down: the request that needs the token fails once more, and comes back here.
      person.token = (await authenticate(client, credentials)).granted?.token ?? person.token
    },
  }
  return person
}

async function authenticate(client: Requester, credentials: Credentials) {
  const answer = await client.request('POST', '/api/v2/sessions', { body: credentials })
  if (answer?.status !== 201) return { granted: null, answer: JSON.stringify(answer?.body ?? null) }
  const { accessToken, user } = answer.body.data as { readonly accessToken: string; readonly user: { id: string } }
  return { granted: { id: user.id, token: accessToken }, answer: '201' }
}

export function logInAdmin(client: Requester): Promise<Person> {
  return logIn(client, { email: 'admin@example.com', password: ADMIN_PASSWORD })
}

/** Customers 1 … `count` of the demo shop, one after another: hashing passwords is slow on purpose, and bounded. */
export async function logInCustomers(client: Requester, count: number): Promise<Person[]> {
  const people: Person[] = []
  for (let number = 1; number <= count; number++) {
    people.push(await logInCustomer(client, number))
  }
  return people
}

export function logInCustomer(client: Requester, number: number): Promise<Person> {
  return logIn(client, { email: `customer${number}@example.com`, password: CUSTOMER_PASSWORD })
}
