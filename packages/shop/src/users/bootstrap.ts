import { operationId, type Call, type OutputOf, type Wire } from 'banyan/contract'
import { randomText, type Random } from 'banyan/core'
import { users } from './contract.ts'

export interface BootstrapOptions {
  readonly wire: Wire
  /** Of a service that may call internal operations. */
  readonly call: Call
  readonly random: Random
  readonly adminEmail: string
  /** `null`: one is generated. */
  readonly adminPassword: string | null
  /** Customers of a demo, 0–1,000; none in production. */
  readonly demoCustomers: number
}

export interface Bootstrapped {
  /** Users made now; 0 when there was an admin already. */
  readonly created: number
  /** To be shown once to whoever started the shop; `null`: nothing was generated, or nothing was made. */
  readonly generatedPassword: string | null
}

export const DEMO_PASSWORD = 'banyan-demo'

/** What a first start needs: somebody who may make others admin, and in a demo somebody who buys. Safe to repeat. */
export async function bootstrapUsers(options: BootstrapOptions): Promise<Bootstrapped> {
  const { wire, call, random, adminEmail, adminPassword, demoCustomers } = options
  const generated = adminPassword === null ? randomText(random, GENERATED_CHARACTERS) : null
  const input = {
    admin: { name: 'Admin', email: adminEmail, password: adminPassword ?? generated! },
    customers: Array.from({ length: demoCustomers }, (_, index) => demoCustomer(index + 1)),
    customerPassword: DEMO_PASSWORD,
  }
  const { data } = await wire.call(operationId(users, 'createFirstUsers'), input, call)
  const { created } = data as OutputOf<typeof users.operations.createFirstUsers>
  return { created, generatedPassword: created > 0 ? generated : null }
}

const GENERATED_CHARACTERS = 20 // of 5 bits

function demoCustomer(number: number) {
  return { name: `Customer ${number}`, email: `customer${number}@example.com` }
}
