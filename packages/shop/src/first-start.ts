import { createCall, createClient, serviceCall } from 'banyan/contract'
import type { FirstStartTools } from 'banyan/runtime'
import { products } from './products/contract.ts'
import { bootstrapUsers, DEMO_PASSWORD } from './users/bootstrap.ts'

const DEMO_CUSTOMERS = 100
const NAME = 'first-start'
const TIMEOUT_MS = 30_000

/** An admin, and outside production a demo shop: customers and a catalogue. Once; later starts find it done. */
export async function firstStart(tools: FirstStartTools): Promise<readonly string[]> {
  const { settings, production } = tools
  if (production && !settings.ADMIN_PASSWORD) return []
  const [users] = await Promise.all([createUsers(tools), production ? null : seedCatalogue(tools)])
  if (users.created === 0) return []
  const email = adminEmail(settings)
  const password = users.generatedPassword ? `password ${users.generatedPassword} (shown only now)` : 'password as set'
  const customers = `Customers: customer1@example.com … customer${DEMO_CUSTOMERS}@example.com, password ${DEMO_PASSWORD}`
  return [`Admin: ${email}, ${password}`, ...(production ? [] : [customers])]
}

function createUsers({ wire, clock, random, settings, production }: FirstStartTools) {
  return bootstrapUsers({
    wire,
    call: createCall(serviceCall(NAME, { clock, random, timeoutMs: TIMEOUT_MS })),
    random,
    adminEmail: adminEmail(settings),
    adminPassword: settings.ADMIN_PASSWORD || null,
    demoCustomers: production ? 0 : DEMO_CUSTOMERS,
  })
}

function seedCatalogue({ wire, clock, random }: FirstStartTools) {
  const principal = { kind: 'service', name: NAME } as const
  return createClient(products, wire, { clock, random, principal, timeoutMs: TIMEOUT_MS }).seedCatalogue({})
}

function adminEmail(settings: FirstStartTools['settings']): string {
  return settings.ADMIN_EMAIL || 'admin@example.com'
}
