// What every peer answers: the same body and the same headers as ours, so that all move the same bytes.
export const product = {
  id: '1001',
  name: 'A tree',
  price: { amountMinor: 1_999, currency: 'USD' },
  updatedAt: '2026-01-15T10:30:00.000Z',
}

export const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'X-Request-Id': '64a2dc79d71b-1',
  'RateLimit-Policy': '"default";q=1000000;w=1',
  RateLimit: '"default";r=999999;t=1',
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'public, max-age=0, s-maxage=5',
  'Cache-Tag': 'product-1001',
  ETag: '"v2-p17.s903"',
}

export function envelope(data) {
  return `{"success":true,"data":${data},"meta":{"timestamp":"${product.updatedAt}","version":2}}`
}

/** The product of a request, as a service would read it: by its id. */
export function getProduct(id) {
  return { ...product, id }
}

/** `/api/v2/products/1001` → `1001` */
export function idOf(url) {
  return url.slice(url.lastIndexOf('/') + 1)
}
