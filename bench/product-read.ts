import type { TSchema } from 'typebox'
import {
  anyone,
  createVersions,
  defineQuery,
  dollarsInVersion1,
  ProductId,
  type CachePolicy,
  Type,
} from 'banyan/contract'

/** The public read that is measured: what it answers and who may keep it is each bench's own. */
export function defineProductRead<Output extends TSchema>(
  output: Output,
  cache: Pick<CachePolicy, 'staleWhileRevalidateSeconds' | 'staleIfErrorSeconds' | 'application'> = {},
) {
  return defineQuery({
    summary: 'One product.',
    http: 'GET /products/:productId',
    input: Type.Object({ productId: ProductId }),
    output,
    access: anyone,
    cache: { maxAgeSeconds: 0, sharedMaxAgeSeconds: 5, tags: ({ productId }) => [`product-${productId}`], ...cache },
  })
}

export const versions = createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] })
