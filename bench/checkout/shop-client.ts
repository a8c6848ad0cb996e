import { ADMIN_PASSWORD } from './shop.ts'

export interface Customer {
  readonly id: string
  readonly token: string
}

export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly token?: string
  readonly body?: unknown
}

export async function callApi(url: string, { method, path, token, body }: ApiRequest) {
  const response = await fetch(`${url}/api/v2${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return { status: response.status, body: (await response.json()) as { data: never } }
}

export async function logIn(url: string, email: string, password: string): Promise<Customer> {
  const { body } = await callApi(url, { method: 'POST', path: '/sessions', body: { email, password } })
  const data = body.data as { accessToken: string; user: { id: string } }
  return { id: data.user.id, token: data.accessToken }
}

export async function logInCustomers(url: string, count: number): Promise<Customer[]> {
  const customers: Customer[] = []
  for (let index = 1; index <= count; index++) {
    customers.push(await logIn(url, `customer${index}@example.com`, 'banyan-demo'))
  }
  return customers
}

/** Fills the shelves, so that a load of checkouts never runs out. */
export async function stockUp(url: string, productIds: readonly string[], onHand: number): Promise<void> {
  const admin = await logIn(url, 'admin@example.com', ADMIN_PASSWORD)
  for (let first = 0; first < productIds.length; first += 20) {
    const some = productIds.slice(first, first + 20)
    await Promise.all(
      some.map((id) =>
        callApi(url, { method: 'PUT', path: `/products/${id}/stock`, token: admin.token, body: { onHand } }),
      ),
    )
  }
}
