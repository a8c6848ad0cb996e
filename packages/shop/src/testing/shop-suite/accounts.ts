import assert from 'node:assert/strict'
import { get, refusal, type Cast, type Session } from './cast.ts'

export async function signUpAndLogIn({ ask, register, fresh }: Cast): Promise<void> {
  const email = `${fresh('ada')}@example.com`
  const body = { name: 'Ada', email, password: 'correct horse battery' }
  const created = await ask<{ readonly id: string; readonly role: string }>('POST /api/v2/users', { body })
  assert.deepEqual([created.status, created.data.role], [201, 'customer'])
  assert.match(created.headers.get('location') ?? '', new RegExp(`/users/${created.data.id}$`))
  await refusal(ask('POST /api/v2/users', { body }), 409, 'users.EMAIL_TAKEN')

  const credentials = { email, password: body.password }
  const session = await get(ask<Session>('POST /api/v2/sessions', { body: credentials }), 201)
  assert.deepEqual([session.user.id, session.user.email], [created.data.id, email])
  const wrong = { body: { email, password: 'a wrong password' } }
  const unknown = { body: { email: `${fresh('nobody')}@example.com`, password: 'a wrong password' } }
  const refused = await refusal(ask('POST /api/v2/sessions', wrong), 401, 'users.BAD_CREDENTIALS')
  assert.deepEqual(await refusal(ask('POST /api/v2/sessions', unknown), 401, 'users.BAD_CREDENTIALS'), refused)

  const person = await register('Grace')
  const renamed = { token: person.token, body: { name: 'Grace H.' } }
  await get(ask(`PUT /api/v2/users/${person.id}`, renamed), 200)
  const read = await get(ask<{ name: string }>(`GET /api/v2/users/${person.id}`, { token: person.token }), 200)
  assert.equal(read.name, 'Grace H.')
}

export async function refresh({ ask, register }: Cast): Promise<void> {
  const { email, password, id } = await register('Lin')
  const first = await get(ask<Session>('POST /api/v2/sessions', { body: { email, password } }), 201)
  const spend = ({ refreshToken }: Session) => ask<Session>('POST /api/v2/sessions/refresh', { body: { refreshToken } })
  const second = await get(spend(first), 201)
  assert.notEqual(second.refreshToken, first.refreshToken)
  await get(ask(`GET /api/v2/users/${id}`, { token: second.accessToken }), 200)
  await refusal(spend(first), 401, 'users.BAD_REFRESH_TOKEN')
  // A spent token that comes back ends the session: its successor is worth nothing any more.
  await refusal(spend(second), 401, 'users.BAD_REFRESH_TOKEN')
}
