import { createClient } from 'banyan/chaos'
import { systemClock, systemRandom } from 'banyan/core'
import type { Answer, RequestOptions } from 'banyan/runtime'
import { logIn, logInCustomers as logInDemo, type Person } from '../../chaos/people.ts'
import { ADMIN_PASSWORD } from './shop-child.ts'

export type { Person as Login } from '../../chaos/people.ts'
export type { Order } from '../../chaos/order.ts'

/** Calls the shop wherever it runs at the moment: it may be killed, and come back under another port. */
export interface ShopClient {
  /** Where the shop is reached now. */
  url: string
  /** Sent so far. */
  readonly requests: number
  /** One request; `null` when no answer came. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer | null>
  /** The same request with the same key until the answer is final, as a careful client does. */
  insist(method: string, path: string, options: KeyedRequest): Promise<Answer>
  logIn(email: string, password: string): Promise<Person>
}

export interface KeyedRequest {
  readonly login: Person
  readonly key: string
  readonly body?: unknown
}

export function createShopClient(place: { readonly url: string }): ShopClient {
  const state = { ...place }
  const client = createClient({ urlOf: () => state.url, journal: null, clock: systemClock, random: systemRandom })
  return {
    get url() {
      return state.url
    },
    set url(url) {
      state.url = url
    },
    get requests() {
      return client.requests
    },
    request: client.request,
    insist: (method, path, { login, ...request }) => client.insist(method, path, { session: login, ...request }),
    logIn: (email, password) => logIn(client, { email, password }),
  }
}

export function logInAdmin(client: ShopClient): Promise<Person> {
  return client.logIn('admin@example.com', ADMIN_PASSWORD)
}

/** Customers 1 … `count` of the demo shop. */
export function logInCustomers(client: ShopClient, count: number): Promise<Person[]> {
  return logInDemo(client, count)
}
