import { anyone, defineQuery, Price, ProductId, Timestamp, type CachePolicy } from '../../contract/index.ts'
import { coreErrors, Type } from '../../core/index.ts'

export const FixtureProduct = Type.Object({ id: ProductId, name: Type.String(), price: Price, updatedAt: Timestamp })

/** The public read of the gateway's tests: what may be kept of it is what each is about. */
export function defineProductRead(
  cache: Omit<CachePolicy, 'maxAgeSeconds' | 'tags'>,
  listTags: readonly string[] = [],
) {
  return defineQuery({
    summary: 'One product.',
    http: 'GET /products/:productId',
    input: Type.Object({ productId: ProductId }),
    output: FixtureProduct,
    errors: [coreErrors.NOT_FOUND],
    access: anyone,
    cache: { maxAgeSeconds: 0, tags: ({ productId }) => [`product-${productId}`, ...listTags], ...cache },
  })
}
