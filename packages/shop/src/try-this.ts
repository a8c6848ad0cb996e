import { DEMO_PASSWORD } from './users/bootstrap.ts'

/**
 * What a start shows, to be pasted into a shell that has curl and sed: sign in, place an order, read its story. The
 * key makes pasting it twice harmless: the first order comes back.
 */
export function tryThis(url: string): readonly string[] {
  const api = `${url}/api/v2`
  const json = "-H 'Content-Type: application/json'"
  const login = `{"email":"customer1@example.com","password":"${DEMO_PASSWORD}"}`
  const order = '{"items":[{"productId":"1","quantity":1}],"paymentMethod":"pm_visa"}'
  return [
    `SESSION=$(curl -s ${api}/sessions ${json} -d '${login}')` +
      `; AUTH="Authorization: Bearer $(${pick('SESSION', '"accessToken":"')})"; ME=$(${pick('SESSION', '"user":{"id":"')})`,
    `ORDER=$(curl -s ${api}/users/$ME/orders -H "$AUTH" -H 'Idempotency-Key: try-1' ${json} -d '${order}'); echo "$ORDER"`,
    `curl -s ${api}/orders/$(${pick('ORDER', '"data":{"id":"')})/story -H "$AUTH"`,
  ]
}

/** The text behind `before`, up to the next quote: newcomers may have no jq. */
function pick(variable: string, before: string): string {
  return `echo "$${variable}" | sed 's/.*${before}\\([^"]*\\)".*/\\1/'`
}
